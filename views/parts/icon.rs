//! Small drawings. The one file that may write markup by hand: nothing in it comes from outside.

use maud::{Markup, PreEscaped};

/// A 24 by 24 drawing in the colour of the text around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Icon {
    Passkey,
    Phone,
    App,
    Mail,
    Lock,
    Text,
    Call,
    Chevron,
    Done,
    Pending,
    Note,
    Device,
}

impl Icon {
    pub(crate) fn draw(self) -> Markup {
        const OPEN: &str = r#"<svg class="icon" viewBox="0 0 24 24" width="24" height="24" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">"#;
        PreEscaped(format!("{OPEN}{}</svg>", self.lines()))
    }

    const fn lines(self) -> &'static str {
        match self {
            Self::Passkey => {
                r#"<circle cx="9" cy="8" r="4"/><path d="M2.5 20.5v-1a6 6 0 0 1 8.6-5.4"/><circle cx="17.5" cy="13" r="2.75"/><path d="M17.5 15.75v6.25M17.5 19.25h2"/>"#
            }
            Self::Phone => {
                r#"<rect x="6.5" y="2.5" width="11" height="19" rx="2.5"/><path d="M9.6 11.9l1.8 1.8 3.2-3.6M11 18.5h2"/>"#
            }
            Self::App => {
                r#"<rect x="3.5" y="3.5" width="17" height="17" rx="4"/><path d="M8 12h.01M12 12h.01M16 12h.01" stroke-width="2.5"/>"#
            }
            Self::Mail => {
                r#"<rect x="2.75" y="5" width="18.5" height="14" rx="2.5"/><path d="M3.5 7.5l7.2 5.2a2.2 2.2 0 0 0 2.6 0l7.2-5.2"/>"#
            }
            Self::Lock => {
                r#"<rect x="4.5" y="10.5" width="15" height="10.5" rx="2.5"/><path d="M8 10.5V7.5a4 4 0 0 1 8 0v3M12 14.75v2"/>"#
            }
            Self::Text => {
                r#"<path d="M20.5 11.5a7.5 7 0 0 1-7.5 7c-1.2 0-2.4-.3-3.4-.7L4 19.5l1.6-4.1a6.6 6.6 0 0 1-.6-3.9 7.5 7 0 0 1 15.5 0z"/><path d="M9.5 11.500h.01M12.75 11.500h.01M16 11.500h.01" stroke-width="2.5"/>"#
            }
            Self::Call => {
                r#"<path d="M21 16.300v2.700a2 2 0 0 1-2.2 2A17.5 17.5 0 0 1 3 5.2 2 2 0 0 1 5 3h2.700a1.8 1.8 0 0 1 1.8 1.500c.1.9.3 1.7.6 2.500a1.8 1.8 0 0 1-.4 1.900L8.6 10a14 14 0 0 0 5.4 5.400l1.1-1.100a1.8 1.8 0 0 1 1.9-.4c.8.3 1.6.5 2.5.6a1.8 1.8 0 0 1 1.5 1.800z"/>"#
            }
            Self::Chevron => r#"<path d="M9.5 6l6 6-6 6"/>"#,
            Self::Done => r#"<circle cx="12" cy="12" r="9"/><path d="M8 12.300l2.7 2.700L16 9.5"/>"#,
            Self::Pending => r#"<circle cx="12" cy="12" r="9"/><path d="M12 7v5.2l3.2 1.9"/>"#,
            Self::Note => r#"<circle cx="12" cy="12" r="9"/><path d="M12 11.2v5M12 7.8h.01" stroke-width="2"/>"#,
            Self::Device => r#"<rect x="4" y="4.5" width="16" height="11" rx="2"/><path d="M2.5 19.500h19"/>"#,
        }
    }
}
