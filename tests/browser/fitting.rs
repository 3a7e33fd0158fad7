//! Every page in every state: nothing is cut off or pushed aside where there is little room (SEC-710, SEC-711).

use crate::customer::Customer;
use crate::gallery::samples;

/// What does not fit into the window, and what is too small to hit (SC 2.5.8; links within a sentence are exempt).
const MISFITS: &str = "
    const wide = document.documentElement;
    const misfits = wide.scrollWidth > wide.clientWidth ? [`scrolls sideways to ${wide.scrollWidth} px`] : [];
    for (const target of document.querySelectorAll('a, button, input:not([type=hidden])')) {
        if (!target.checkVisibility() || target.closest('[aria-hidden=true]')) continue;
        const isInText = getComputedStyle(target).display === 'inline'
            && target.parentElement.textContent.trim() !== target.textContent.trim();
        const {width, height} = target.getBoundingClientRect();
        if (!isInText && (width < 24 || height < 24))
            misfits.push(`${target.outerHTML.slice(0, 80)} is ${width} by ${height}`);
    }
    return misfits";

/// The spacing that text must bear (SC 1.4.12).
const SPACING: &str = "
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: 0.12em !important;
                           word-spacing: 0.16em !important; }
                       p { margin-block-end: 2em !important; }`);
    document.adoptedStyleSheets = [sheet]";

/// Text that is cut off, or that overlaps the edge of its box.
const LOST_TEXT: &str = "
    const isSeen = (style) => style.overflow !== 'visible' || style.backgroundColor !== 'rgba(0, 0, 0, 0)'
        || parseFloat(style.borderTopWidth) > 0;
    const lost = [];
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const text = texts.currentNode, range = document.createRange();
        if (!text.data.trim() || !text.parentElement.checkVisibility() || text.parentElement.closest('.unseen')) continue;
        range.selectNodeContents(text);
        const at = range.getBoundingClientRect();
        for (let box = text.parentElement; box !== document.body; box = box.parentElement) {
            if (!isSeen(getComputedStyle(box))) continue;
            const {left, right, top, bottom} = box.getBoundingClientRect();
            if (at.left < left - 1 || at.right > right + 1 || at.top < top - 1 || at.bottom > bottom + 1)
                lost.push(`'${text.data.trim().slice(0, 40)}' leaves its ${box.className || box.localName}`);
        }
    }
    return lost";

/// Upright, on its side, and what is left of 1280 by 1024 pixels at 400 %.
const SMALL_WINDOWS: [(u32, u32); 3] = [(320, 640), (568, 256), (320, 256)];

#[tokio::test]
async fn everything_fits_a_small_window_and_widely_set_text_stays_whole() {
    let Some(customer) = Customer::arrives().await else {
        return;
    };
    let mut misfits = Vec::new();
    for sample in samples(&customer).await {
        customer.opens(&sample).await;
        for window in SMALL_WINDOWS {
            customer.looks_through(window).await;
            let found = finds_misfits(&customer).await;
            misfits.extend(found.iter().map(|misfit| format!("{sample} in {window:?}: {misfit}")));
        }
        customer.looks_through(SMALL_WINDOWS[0]).await;
        customer.evaluates(SPACING, &[]).await;
        let found = finds_misfits(&customer).await;
        misfits.extend(found.iter().map(|misfit| format!("{sample}, widely set: {misfit}")));
    }
    assert!(misfits.is_empty(), "{}", misfits.join("\n"));
    // The samples that wait open the stream of an attempt that does not exist.
    customer.leaves_after(&[404]).await;
}

#[tokio::test]
async fn what_does_not_fit_is_noticed() {
    let Some(customer) = Customer::arrives().await else {
        return;
    };
    customer.looks_through(SMALL_WINDOWS[0]).await;
    for (spoil, complaint) in [
        ("min-inline-size: 400px", "scrolls sideways to "),
        ("block-size: 20px; min-block-size: 0", " by 20"),
        ("inline-size: 40px; white-space: nowrap", "leaves its button"),
    ] {
        customer.opens("/dev/gallery/sign-in").await;
        let spoil = format!("document.querySelector('main .button').style = '{spoil}'");
        customer.evaluates(&spoil, &[]).await;
        let found = finds_misfits(&customer).await;
        let is_noticed = found.iter().any(|one| one.contains(complaint));
        assert!(is_noticed, "{complaint}: {found:?}");
    }
    customer.leaves().await;
}

async fn finds_misfits(customer: &Customer) -> Vec<String> {
    let mut found = Vec::new();
    for script in [MISFITS, LOST_TEXT] {
        let listed = customer.evaluates(script, &[]).await;
        found.extend(serde_json::from_value::<Vec<String>>(listed).unwrap());
    }
    found
}
