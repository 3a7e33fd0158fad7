//! Every page in every state, to look at.

use maud::{Markup, html};

use crate::parts::layout::{self, Layout};
use crate::samples::Sample;
use crate::{Chrome, paths};

/// Lists the samples; each links to its own name under [`paths::GALLERY`].
pub fn index(chrome: &Chrome<'_>, samples: &[Sample]) -> Markup {
    let layout = Layout {
        chrome,
        title: "Gallery",
        is_error: false,
        scripts: &[],
        is_wide: true,
    };
    layout.page(&html! {
        (layout::heading("Gallery", "Every page in every state."))
        ul.gallery {
            @for sample in samples {
                li { a.link href={ (chrome.path(paths::GALLERY)) "/" (sample.name) } { (sample.name) } }
            }
        }
    })
}
