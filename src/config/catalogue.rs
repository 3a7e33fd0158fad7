//! The known keys, and how one is found.

use super::key::Key;
use super::likeness;

/// The keys of each section.
#[derive(Debug, Clone, Copy)]
pub(super) struct Catalogue(pub(super) &'static [&'static [Key]]);

impl Catalogue {
    /// Every key, in the order of the reference.
    pub(super) fn all(self) -> impl Iterator<Item = &'static Key> {
        self.0.iter().copied().flatten()
    }

    pub(super) fn find(self, path: &str) -> Option<&'static Key> {
        self.all().find(|key| key.path == path)
    }

    /// The section names, with the empty one of the top level first.
    pub(super) fn sections(self) -> Vec<&'static str> {
        let mut names: Vec<&'static str> = Vec::new();
        for key in self.all() {
            if names.last() != Some(&key.section()) {
                names.push(key.section());
            }
        }
        names
    }

    /// The key that `path` was probably meant to be.
    pub(super) fn closest(self, path: &str) -> Option<&'static Key> {
        let name = path.rsplit('.').next().unwrap_or(path);
        let elsewhere = self.all().find(|key| key.name() == name);
        elsewhere.or_else(|| self.find(likeness::closest(path, self.all().map(|key| key.path), 0.7)?))
    }

    /// The section that `path` was probably meant to be.
    pub(super) fn closest_section(self, path: &str) -> Option<&'static str> {
        let sections = self.sections().into_iter().filter(|section| !section.is_empty());
        likeness::closest(path, sections, 0.5)
    }
}
