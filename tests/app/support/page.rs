//! An answer, as a person, a screen reader or a password manager meets it.

use reqwest::header::HeaderMap;
use scraper::{ElementRef, Html, Selector};

/// One answer.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    pub(crate) url: String,
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Page {
    /// Fails with the whole page unless the status is this one.
    #[track_caller]
    pub(crate) fn expect(&self, status: u16) -> &Self {
        assert_eq!(
            self.status,
            status,
            "{} answered\n{:#?}\n{}",
            self.url,
            self.headers,
            self.text()
        );
        self
    }

    /// Fails unless this text is on the page.
    #[track_caller]
    pub(crate) fn says(&self, words: &str) -> &Self {
        assert!(
            self.text().contains(words),
            "{:?} is not said on {}:\n{}",
            words,
            self.url,
            self.text()
        );
        self
    }

    /// Fails unless this is the heading.
    #[track_caller]
    pub(crate) fn is_headed(&self, heading: &str) -> &Self {
        assert_eq!(
            self.heading(),
            heading,
            "{} ({})\n{}",
            self.url,
            self.status,
            self.text()
        );
        self
    }

    /// Fails unless this is a 303 to an address that begins like this.
    #[track_caller]
    pub(crate) fn leads_to(&self, address: &str) -> &Self {
        self.expect(303);
        assert!(
            self.location().starts_with(address),
            "leads to {}, not {address}",
            self.location()
        );
        self
    }

    /// The `Location`; empty when there is none.
    pub(crate) fn location(&self) -> &str {
        self.header("location")
    }

    /// The value of a header; empty when absent.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Every `Set-Cookie` for this name.
    pub(crate) fn cookies(&self, name: &str) -> Vec<&str> {
        let all = self
            .headers
            .get_all("set-cookie")
            .iter()
            .map(|value| value.to_str().unwrap());
        all.filter(|cookie| cookie.split_once('=').is_some_and(|(key, _)| key == name))
            .collect()
    }

    /// The value of a cookie that this answer sets.
    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        let cookie = *self.cookies(name).first()?;
        Some(cookie.split_once('=')?.1.split(';').next()?.to_owned())
    }

    /// The text of the body, with blanks folded.
    pub(crate) fn text(&self) -> String {
        text_of(self.html().root_element().select(&css("body")).next())
    }

    pub(crate) fn title(&self) -> String {
        text_of(self.html().select(&css("title")).next())
    }

    pub(crate) fn heading(&self) -> String {
        text_of(self.html().select(&css("h1")).next())
    }

    /// The text that a screen reader reads out at once.
    pub(crate) fn alert(&self) -> String {
        text_of(self.html().select(&css("[role=alert]")).next())
    }

    /// The value of a field.
    pub(crate) fn value(&self, field: &str) -> String {
        let html = self.html();
        let found = html.select(&css(&format!("input[name={field}]"))).next();
        found
            .and_then(|input| input.attr("value"))
            .unwrap_or_default()
            .to_owned()
    }

    /// The factors that are offered, by the value of their buttons.
    pub(crate) fn ways(&self) -> Vec<String> {
        self.attributes("button[name=factor]", "value")
    }

    /// The texts of the buttons.
    pub(crate) fn buttons(&self) -> Vec<String> {
        self.html()
            .select(&css("button[type=submit]"))
            .map(|button| text_of(Some(button)))
            .collect()
    }

    /// The address of the link with this text.
    pub(crate) fn link(&self, words: &str) -> Option<String> {
        let html = self.html();
        let links = css("a[href]");
        let link = html.select(&links).find(|link| text_of(Some(*link)) == words)?;
        link.attr("href").map(str::to_owned)
    }

    /// The addresses of all links.
    pub(crate) fn links(&self) -> Vec<String> {
        self.attributes("a[href]", "href")
    }

    /// The value of the first attribute of this name.
    pub(crate) fn attribute(&self, name: &str) -> Option<String> {
        self.attributes(&format!("[{name}]"), name).into_iter().next()
    }

    /// The hidden fields of the form that posts to this path.
    #[track_caller]
    pub(crate) fn form(&self, action: &str) -> Vec<(String, String)> {
        let html = self.html();
        let form = html
            .select(&css("form"))
            .find(|form| form.attr("action").is_some_and(|to| to.ends_with(action)));
        let form = form.unwrap_or_else(|| panic!("no form posts to {action} on {}:\n{}", self.url, self.text()));
        let of = |input: ElementRef<'_>| Some((input.attr("name")?.to_owned(), input.attr("value")?.to_owned()));
        form.select(&css("input[type=hidden]")).filter_map(of).collect()
    }

    fn attributes(&self, selector: &str, name: &str) -> Vec<String> {
        let html = self.html();
        html.select(&css(selector))
            .filter_map(|element| element.attr(name))
            .map(str::to_owned)
            .collect()
    }

    fn html(&self) -> Html {
        Html::parse_document(&self.body)
    }
}

fn css(selector: &str) -> Selector {
    Selector::parse(selector).unwrap()
}

fn text_of(element: Option<ElementRef<'_>>) -> String {
    let text: String = element.map(|element| element.text().collect()).unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
