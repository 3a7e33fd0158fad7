//! Visits that open pages of a browser may still belong to, beside its current one. Each has a cookie of its own, so
//! that of two first pages requested at once neither loses its visit (docs/decisions/0023-what-a-proof-changes.md).

use std::time::Duration;

use actix_web::cookie::Cookie;
use actix_web::http::header::{HeaderMap, HeaderValue};

use super::{Cookies, reader};
use crate::domain::ids::VisitId;

/// Most visits that are read: more than the tabs of one browser belong to.
const MOST: usize = 16;

/// Length that a label adds to a cookie's name: a hyphen and eight characters.
const SUFFIX: usize = 9;

/// The kept visits of a request.
#[derive(Debug)]
pub(in crate::web) struct ReceivedCookies {
    /// The visits that are read: the newest, newest first.
    pub(in crate::web) visits: Vec<VisitId>,
    /// Removals of the others, which no customer's browser needs.
    pub(in crate::web) too_many: Vec<Cookie<'static>>,
}

impl Cookies {
    /// Reads the kept visits.
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

    /// Keeps a visit for as long as an untouched form is good.
    pub(in crate::web) fn kept_visit(&self, label: &str, id: &VisitId, keep_for: Duration) -> Option<HeaderValue> {
        self.line(format_args!("{}-{label}={}", self.attempt, id.expose()), Some(keep_for))
    }

    /// In the order of the request: browsers send their oldest cookies first.
    fn names_of_kept<'a>(&self, headers: &'a HeaderMap) -> Vec<&'a str> {
        let is_kept = |name: &&str| {
            let suffix = name.strip_prefix(self.attempt);
            suffix.is_some_and(|suffix| suffix.len() == SUFFIX && suffix.starts_with('-'))
        };
        reader::names(headers).filter(is_kept).collect()
    }
}
