//! Visits that pages of a browser may still belong to, beside the one that it is known by. Each has a name of its own, so that of two
//! first pages that were asked for at once neither loses what it belongs to (docs/decisions/0023-what-a-proof-changes.md).

use std::time::Duration;

use actix_web::cookie::Cookie;
use actix_web::http::header::HeaderMap;

use super::{Cookies, reader, whole_seconds};
use crate::domain::ids::VisitId;

/// More visits than the tabs of one browser belong to.
const MOST: usize = 6;

/// What a label adds to a name: a hyphen and eight characters.
const SUFFIX: usize = 9;

impl Cookies {
    /// Those that a browser keeps, the newest first.
    pub(in crate::web) fn kept_visits(&self, headers: &HeaderMap) -> Vec<VisitId> {
        let names = self.names_of_kept(headers);
        let newest = names.into_iter().rev().take(MOST);
        newest
            .filter_map(|name| reader::values(headers, name).find_map(VisitId::parse))
            .collect()
    }

    /// What it keeps beyond those that are read: no browser of a person needs it.
    pub(in crate::web) fn too_many_visits(&self, headers: &HeaderMap) -> Vec<Cookie<'static>> {
        let names = self.names_of_kept(headers);
        let too_many = names.len().saturating_sub(MOST);
        let oldest = names.into_iter().take(too_many);
        oldest
            .map(|name| {
                let mut cookie = self.cookie(name.to_owned(), String::new());
                cookie.make_removal();
                cookie
            })
            .collect()
    }

    /// Kept for as long as an untouched form is good.
    pub(in crate::web) fn kept_visit(
        &self,
        label: &str,
        id: &VisitId,
        keep_for: Duration,
    ) -> Cookie<'static> {
        let name = format!("{}-{label}", self.attempt);
        let mut cookie = self.cookie(name, id.expose());
        cookie.set_max_age(whole_seconds(keep_for));
        cookie
    }

    /// In the order of the request: browsers send what they have longest first.
    fn names_of_kept<'a>(&self, headers: &'a HeaderMap) -> Vec<&'a str> {
        let is_kept = |name: &&str| {
            let suffix = name.strip_prefix(self.attempt);
            suffix.is_some_and(|suffix| suffix.len() == SUFFIX && suffix.starts_with('-'))
        };
        reader::names(headers).filter(is_kept).collect()
    }
}
