//! Claims that decide neither whom a token is about nor whom it is for. Okta lets operators write them as expressions,
//! so they come in any form: well-formed ones are taken, the rest counts as absent and never stops a sign-in.

use serde_json::{Map, Value};

/// Longest text of a claim, in bytes: no name, address or class is that long.
const LONGEST_TEXT: usize = 1024;

/// The claims of one reply, and which of them could not be taken whole.
pub(crate) struct OptionalClaims<'m> {
    claims: &'m Map<String, Value>,
    dropped: Dropped,
}

/// The names of claims that were left out, wholly or in part. Never their values.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Dropped(Vec<&'static str>);

impl<'m> OptionalClaims<'m> {
    pub(crate) fn new(claims: &'m Map<String, Value>) -> Self {
        Self {
            claims,
            dropped: Dropped::default(),
        }
    }

    pub(crate) fn text(&mut self, name: &'static str) -> Option<String> {
        let is_some_text = |text: &&str| text.len() <= LONGEST_TEXT;
        self.take(name, |value| value.as_str().filter(is_some_text).map(str::to_owned))
    }

    /// A boolean in quotation marks is not one.
    pub(crate) fn flag(&mut self, name: &'static str) -> Option<bool> {
        self.take(name, Value::as_bool)
    }

    pub(crate) fn number(&mut self, name: &'static str) -> Option<i64> {
        self.take(name, whole)
    }

    /// A point in time, in whole seconds since 1970.
    pub(crate) fn seconds(&mut self, name: &'static str) -> Option<u64> {
        self.take(name, |value| whole(value)?.try_into().ok())
    }

    /// The texts of a list. A single text is not taken for a list: whether it is one name or several would be a guess,
    /// and group names grant access.
    pub(crate) fn texts(&mut self, name: &'static str) -> Vec<String> {
        let entries = self.take(name, Value::as_array).map_or(&[][..], Vec::as_slice);
        let texts: Vec<_> = entries
            .iter()
            .filter_map(|entry| entry.as_str().map(str::to_owned))
            .collect();
        if texts.len() < entries.len() {
            self.dropped.0.push(name);
        }
        texts
    }

    pub(crate) fn dropped(self) -> Dropped {
        self.dropped
    }

    fn take<T>(&mut self, name: &'static str, read: impl FnOnce(&'m Value) -> Option<T>) -> Option<T> {
        let taken = read(self.claims.get(name)?);
        if taken.is_none() {
            self.dropped.0.push(name);
        }
        taken
    }
}

/// A number without its fraction: times may have fractions (RFC 7519 §2), and some JSON libraries write `1.0` for 1.
#[expect(
    clippy::cast_possible_truncation,
    reason = "in these bounds every whole number has a float of its own"
)]
pub(crate) fn whole(value: &Value) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let of_float = || {
        let number = value.as_f64()?.floor();
        (-EXACT..=EXACT).contains(&number).then_some(number as i64)
    };
    value.as_i64().or_else(of_float)
}

impl Dropped {
    #[cfg(test)]
    pub(crate) fn of(names: &[&'static str]) -> Self {
        Self(names.to_vec())
    }

    /// One warning for all of them: the operator can fix it at Okta, and the customer is signed in all the same.
    #[cfg_attr(
        not(feature = "tracing"),
        expect(unused_variables, reason = "there is nobody to tell")
    )]
    pub(crate) fn tell(&self, source: &'static str) {
        #[cfg(feature = "tracing")]
        if !self.0.is_empty() {
            tracing::warn!(
                claims = self.0.join(" "),
                source,
                "okta sent claims of the wrong type; what could not be read of them counts as absent"
            );
        }
    }
}
