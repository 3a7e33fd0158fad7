//! What a customer does to the elements of a page.
//!
//! An element is looked up and used in one go, and looked up again when the page was replaced in between: no test keeps
//! an element.

use crate::customer::Customer;
use crate::webdriver::{By, Element, Outcome, TAB};
use serde_json::json;

impl Customer {
    /// Types into the field of that name.
    pub(crate) async fn types(&self, field: &str, text: &str) {
        let input = format!("input[name={field}]:not([readonly])");
        self.uses(&input, By::Css(input.clone()), async |input| {
            input.clear().await?;
            input.send_keys(text).await
        })
        .await;
    }

    /// Presses the button or link with exactly this text.
    pub(crate) async fn presses(&self, words: &str) {
        let path = format!("//main//button[normalize-space(.)='{words}'] | //main//a[normalize-space(.)='{words}']");
        self.uses(words, By::XPath(path), async |element| element.click().await)
            .await;
    }

    /// Clicks on an element.
    pub(crate) async fn clicks(&self, selector: &str) {
        let by = By::Css(selector.to_owned());
        self.uses(selector, by, async |element| element.click().await).await;
    }

    /// Presses keys, wherever the focus is.
    pub(crate) async fn keys(&self, keys: impl AsRef<str>) {
        self.browser.driver.press(keys.as_ref()).await.unwrap();
    }

    /// Presses Enter, wherever the focus is. Not as a WebDriver action: chromedriver repeats a whole action when the
    /// page goes away under it, and the second Enter would reach the next page.
    pub(crate) async fn presses_enter(&self) {
        for kind in ["keyDown", "keyUp"] {
            let text = if kind == "keyDown" { "\r" } else { "" };
            let key = json!({
                "type": kind, "key": "Enter", "code": "Enter", "text": text, "windowsVirtualKeyCode": 13,
            });
            self.browser.devtools("Input.dispatchKeyEvent", key).await;
        }
    }

    /// Presses Tab until the focus is on such an element; every stop on the way must show it.
    pub(crate) async fn tabs_to(&self, selector: &str) {
        for _ in 0..25 {
            self.keys(TAB.to_string()).await;
            let focus = self
                .evaluates(
                    "const at = document.activeElement, style = getComputedStyle(at);
                     return {is: at.matches(arguments[0]), what: at.outerHTML.slice(0, 120),
                             ring: at === document.body || (at.matches(':focus-visible')
                                   && style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2)}",
                    &[json!(selector)],
                )
                .await;
            assert_eq!(focus["ring"], true, "no focus ring: {}", focus["what"]);
            if focus["is"] == true {
                return;
            }
        }
        panic!("Tab never came to {selector}; {}", self.describes().await);
    }

    /// Looks an element up and uses it, until that works.
    async fn uses(&self, what: &str, by: By, act: impl AsyncFn(&Element<'_>) -> Outcome<()>) {
        self.waits(what, async || {
            let element = self.browser.driver.find(&by).await.ok()?;
            match act(&element).await {
                Ok(()) => Some(()),
                Err(error) if error.was_not_reached() => None,
                Err(error) => panic!("{what}: {error}"),
            }
        })
        .await;
    }
}
