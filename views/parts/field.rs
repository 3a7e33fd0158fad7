//! Form fields: label, error, input, in that order and tied to each other.

use maud::{Markup, html};

/// A labelled text field. The id of its error derives from its own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field<'a> {
    /// Its `id` and its `name`.
    pub(crate) name: &'static str,
    /// What the label says.
    pub(crate) label: &'a str,
    /// What is wrong with it.
    pub(crate) error: Option<&'a str>,
    /// Whether the summary is about it although it has no error text of its own.
    pub(crate) is_doubted: bool,
}

impl Field<'_> {
    /// Label and error, then the markup of `input`, which is given the attributes for the input element.
    pub(crate) fn around(&self, input: impl FnOnce(&Ties) -> Markup) -> Markup {
        let ties = Ties {
            described_by: match self.error {
                Some(_) => Some(format!("{}-error", self.name)),
                None => self.is_doubted.then(|| "problem".to_owned()),
            },
            invalid: (self.error.is_some() || self.is_doubted).then_some("true"),
        };
        html! {
            div.field.is-wrong[self.error.is_some()] {
                label.label for=(self.name) { (self.label) }
                @if let Some(error) = self.error {
                    p.field-error id={ (self.name) "-error" } { (error) }
                }
                (input(&ties))
            }
        }
    }
}

/// The attributes that tie an input to its error.
#[derive(Debug)]
pub(crate) struct Ties {
    pub(crate) described_by: Option<String>,
    pub(crate) invalid: Option<&'static str>,
}

/// Tells password managers whose secret the next field takes, on steps that no longer show the name as a field.
pub(crate) fn signer_field(signer: Option<&str>) -> Markup {
    html! {
        @if let Some(signer) = signer {
            input.unseen type="text" name="username" value=(signer) autocomplete="username" readonly tabindex="-1"
                aria-hidden="true";
        }
    }
}
