//! Visits that pages of a browser may still belong to, beside the one that it is known by. Each has a name of its own,
//! so that of two first pages that were asked for at once neither loses what it belongs to
//! (docs/decisions/0023-what-a-proof-changes.md).

use std::time::Duration;

use actix_web::cookie::Cookie;
use actix_web::http::header::HeaderMap;

use super::{Cookies, reader, whole_seconds};
use crate::domain::ids::VisitId;

/// More visits than the tabs of one browser belong to.
const MOST: usize = 16;

/// What a label adds to a name: a hyphen and eight characters.
const SUFFIX: usize = 9;

/// What a browser keeps.
#[derive(Debug)]
pub(in crate::web) struct ReceivedCookies {
    /// The newest, which are read; the newest first.
    pub(in crate::web) visits: Vec<VisitId>,
    /// The others: no browser of a person needs them.
    pub(in crate::web) too_many: Vec<Cookie<'static>>,
}

impl Cookies {
    /// Reads what a browser keeps.
    pub(in crate::web) fn kept(&self, headers: &HeaderMap) -> ReceivedCookies {
        let names = self.names_of_kept(headers);
        let (oldest, newest) = names.split_at(names.len().saturating_sub(MOST));
        ReceivedCookies {
            visits: newest
                .iter()
                .rev()
                .filter_map(|name| reader::values(headers, name).find_map(VisitId::parse))
                .collect(),
            too_many: oldest
                .iter()
                .map(|name| {
                    let mut cookie = self.cookie((*name).to_owned(), String::new());
                    cookie.make_removal();
                    cookie
                })
                .collect(),
        }
    }

    /// Kept for as long as an untouched form is good.
    pub(in crate::web) fn kept_visit(&self, label: &str, id: &VisitId, keep_for: Duration) -> Cookie<'static> {
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
