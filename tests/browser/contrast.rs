//! What axe leaves undecided: disabled buttons, and the colours in browsers that do not know the newer CSS functions
//! (SEC-709).

use serde_json::json;

use crate::customer::Customer;
use crate::emulation::Look;
use crate::gallery::samples;

/// The looks in which our own colours count; in forced colours the system's take their place.
const LOOKS: [Look; 2] = [Look::Light, Look::Dark];

/// Functions for the scripts below. A canvas understands every notation of a colour.
const COLOURS: &str = "
    const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
    const rgba = (colour) => {
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = colour;
        canvas.fillRect(0, 0, 1, 1);
        return [...canvas.getImageData(0, 0, 1, 1).data];
    };
    const behind = (element) => {
        for (let at = element; at; at = at.parentElement) {
            const colour = rgba(getComputedStyle(at).backgroundColor);
            if (colour[3] === 255) return colour;
        }
        return [255, 255, 255, 255];
    };
    const light = ([r, g, b]) => {
        const part = (x) => (x /= 255) <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4;
        return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
    };
    const ratio = (one, other) => {
        const [high, low] = [light(one), light(other)].sort((a, b) => b - a);
        return (high + 0.05) / (low + 0.05);
    };
    const told = (element) => (element.textContent.trim() || element.name || element.className).slice(0, 40);";

/// Disabled buttons that cannot be read, and the number of all disabled buttons.
const RESTING: &str = "
    const resting = [...document.querySelectorAll('.button[aria-disabled=true]')].filter((one) => one.checkVisibility());
    const faint = resting
        .map((one) => [told(one), ratio(rgba(getComputedStyle(one).color), behind(one))])
        .filter(([, found]) => found < 4.5)
        .map(([text, found]) => `${text}: ${found.toFixed(2)}:1`);
    return [resting.length, faint]";

/// Draws the page as a browser would that knows none of the CSS functions that came after 2020: it skips each
/// declaration with one, and a property whose value uses one counts as not set.
const GROWS_OLD: &str = "
    const done = arguments[arguments.length - 1];
    const links = [...document.querySelectorAll('link[rel=stylesheet]')];
    Promise.all(links.map(async ({href}) => (await fetch(href)).text())).then((texts) => {
        document.adoptedStyleSheets = texts.map((text) => {
            const sheet = new CSSStyleSheet();
            sheet.replaceSync(text.replaceAll(/\\b(light-dark|oklch|color-mix)\\(/g, 'not-known-yet('));
            return sheet;
        });
        for (const link of links) link.disabled = true;
        done(true);
    })";

/// Controls without a shape, and text that cannot be read.
const SHAPELESS: &str = "
    const found = [];
    const isDrawn = (colour, behindIt) => rgba(colour)[3] > 0 && ratio(rgba(colour), behindIt) >= 3;
    for (const one of document.querySelectorAll('.input, .button, .way')) {
        if (!one.checkVisibility()) continue;
        const {borderTopWidth, borderTopColor, backgroundColor} = getComputedStyle(one);
        const around = behind(one.parentElement);
        const hasBorder = parseFloat(borderTopWidth) > 0 && isDrawn(borderTopColor, around);
        // A list's rows are told apart by their words and pictures; a hairline is enough.
        const hasHairline = one.matches('.way, [aria-disabled=true]') && parseFloat(borderTopWidth) > 0 && rgba(borderTopColor)[3] > 0;
        if (!hasBorder && !hasHairline && !isDrawn(backgroundColor, around)) found.push(`${told(one)} has no shape`);
    }
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const one = texts.currentNode.parentElement;
        if (!texts.currentNode.data.trim() || !one.checkVisibility() || one.closest('.unseen')) continue;
        const has = ratio(rgba(getComputedStyle(one).color), behind(one));
        if (has < 4.5) found.push(`${told(one)}: ${has.toFixed(2)}:1`);
    }
    return found";

#[tokio::test]
async fn sec_709_resting_buttons_and_pages_in_browsers_of_before_2024_can_be_read() {
    let Some(customer) = Customer::arrives().await else {
        return;
    };
    let resting = format!("{COLOURS} {RESTING}");
    let shapeless = format!("{COLOURS} {SHAPELESS}");
    let (mut rest, mut wrong) = (0, Vec::new());
    for sample in samples(&customer).await {
        customer.opens(&sample).await;
        for look in LOOKS {
            customer.prefers(look).await;
            let found = customer.evaluates(&resting, &[]).await;
            rest += found[0].as_u64().unwrap();
            if found[1] != json!([]) {
                wrong.push(format!("{sample} in {}: {}", look.name(), found[1]));
            }
        }
        customer.evaluates_async(GROWS_OLD, &[]).await;
        for look in LOOKS {
            customer.prefers(look).await;
            let found = customer.evaluates(&shapeless, &[]).await;
            if found != json!([]) {
                wrong.push(format!("{sample} in an old browser in {}: {found}", look.name()));
            }
        }
    }
    assert!(rest > 4, "only {rest} buttons rest");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    customer.leaves_after(&[404]).await;
}
