//! The names of keys.

/// The names of this store's keys: all begin with one hash tag, which keeps them on one node of a cluster.
#[derive(Debug)]
pub(super) struct KeyNames {
    prefix: String,
}

impl KeyNames {
    pub(super) fn new(tag: &str) -> Self {
        Self {
            prefix: format!("{{{tag}}}"),
        }
    }

    /// The beginning of every name. Scripts make the names themselves.
    pub(super) fn prefix(&self) -> &str {
        &self.prefix
    }

    pub(super) fn name(&self, rest: &str) -> String {
        format!("{}:{rest}", self.prefix)
    }
}
