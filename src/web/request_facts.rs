//! Who is asking, as cookies and headers show.

use std::cell::RefCell;
use std::future::{Ready, ready};
use std::net::IpAddr;
use std::num::NonZeroUsize;

use actix_web::cookie::Cookie;
use actix_web::dev::Payload;
use actix_web::http::header::{ACCEPT_LANGUAGE, AcceptLanguage, HeaderName, Quality, USER_AGENT};
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use jiff::Timestamp;
use lru::LruCache;
use portico_views::copy::{self, Words};

use super::cookies::{NoneCounts, Shown};
use super::error::WebError;
use super::middleware::client_address::ClientAddress;
use super::request_id::RequestId;
use super::site::Site;
use crate::domain::device::KnownDevice;
use crate::domain::factor::Factor;
use crate::domain::ids::{FormReference, SessionId, Tab, VisitId};
use crate::domain::revocation::Requester;
use crate::flow::{Counting, Flow, FlowError, SessionKey, Visitor};

/// Longest header that is passed on to Okta, in bytes.
const LONGEST: usize = 512;

/// What the request shows before anything is looked up.
#[derive(Debug)]
pub(super) struct RequestFacts {
    /// The visits that the visit cookie names.
    present: Shown<VisitId>,
    /// These, and the kept visits of its other tabs.
    visits: Vec<VisitId>,
    /// Removals of surplus cookies.
    pub(super) too_many: Vec<Cookie<'static>>,
    /// Every session that its cookies name.
    pub(super) sessions: Shown<SessionId>,
    /// The session that counts.
    pub(super) session: Option<SessionId>,
    /// Several are live, so none counts.
    pub(super) none_counts: Option<NoneCounts>,
    /// The device cookie, from earlier sign-ins; not yet checked.
    known_device: Option<KnownDevice>,
    /// The factor this browser used last.
    pub(super) last_way: Option<Factor>,
    /// The id to quote to the operator.
    pub(super) request_id: String,
    address: IpAddr,
    user_agent: Option<String>,
    accept_language: Option<String>,
    /// Texts in the language that the browser prefers of those we have.
    pub(super) words: &'static Words,
}

/// A browser with its visit.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) visitor: Visitor,
    /// Whether the browser needs its visit cookie: the visit is new, or that of another of its tabs.
    pub(super) is_new: bool,
}

impl RequestFacts {
    /// The visitor, with the visit that this attempt is in; else the one that the cookie names, if this service made it
    /// and still knows it; else a new one.
    pub(super) async fn known(&self, flow: &Flow, tab: Option<&Tab>) -> Result<Known, FlowError> {
        if let Some(tab) = tab
            && let Some(visit) = flow.visit_of(&self.visits, tab).await?
        {
            return Ok(self.known_by(visit));
        }
        let mut present = None;
        for shown in self.present.as_slice() {
            if flow.knows(shown).await? {
                if present.is_some() {
                    // One of them may be an attacker's, who could watch it.
                    present = None;
                    break;
                }
                present = Some(shown);
            }
        }
        if let Some(present) = present {
            return Ok(self.known_by(present));
        }
        Ok(Known {
            visitor: self.visitor(flow.secrets().ids.issue_visit(flow.now())),
            is_new: true,
        })
    }

    /// The visitor, and the attempt that an address names by its tab or carries whole.
    pub(super) async fn known_by_address(
        &self,
        flow: &Flow,
        attempt: Option<&str>,
    ) -> Result<(Known, Option<Tab>), FlowError> {
        let Some(text) = attempt.filter(|text| !text.is_empty()) else {
            return Ok((self.known(flow, None).await?, None));
        };
        if let Some(FormReference { tab, .. }) = FormReference::parse(text) {
            return Ok((self.known(flow, Some(&tab)).await?, Some(tab)));
        }
        let mut visits = self.visits.iter();
        let Some((visit, opened)) = visits.find_map(|visit| Some((visit, flow.opened_form(visit, text)?))) else {
            // A tab that no attempt has.
            let unknown = flow.secrets().ids.new_tab();
            return Ok((self.known(flow, None).await?, Some(unknown)));
        };
        let tab = opened.tab;
        // It may have been posted since, and have moved to another visit.
        if let Some(visit) = flow.visit_of(&self.visits, &tab).await? {
            return Ok((self.known_by(visit), Some(tab)));
        }
        let mut known = self.known_by(visit);
        known.visitor.opened = Some(Box::new(opened));
        Ok((known, Some(tab)))
    }

    /// Finds out which session counts, where the browser shows several.
    pub(super) async fn find_session(&mut self, flow: &Flow) {
        let Shown::Several(shown) = &self.sessions else {
            return;
        };
        let keys: Vec<SessionKey> = shown.iter().map(SessionKey::of).collect();
        let latest = match flow.which_counts(&keys).await {
            Ok(Counting::One(at)) => {
                self.session = shown.get(at).cloned();
                return;
            }
            Ok(Counting::None { latest }) => latest,
            // A handler that needs the store will meet the same error. Nothing is known, so no cookie is removed.
            Err(_) => return,
        };
        self.none_counts = Some(NoneCounts { latest });
    }

    /// Whether the request names no visit at all.
    pub(super) fn shows_no_visit(&self) -> bool {
        self.visits.is_empty()
    }

    /// The visitor whose page carried this token, and when that page was made; `None` when none of its visits fits.
    pub(super) fn sender(&self, flow: &Flow, token: &str) -> Option<(Known, Timestamp)> {
        self.visits.iter().find_map(|visit| {
            let made = flow.secrets().csrf.visit_token_made(visit, token)?;
            Some((self.known_by(visit), made))
        })
    }

    fn known_by(&self, visit: &VisitId) -> Known {
        let is_present = matches!(
            &self.present,
            Shown::One(present) if present.expose_bytes() == visit.expose_bytes()
        );
        Known {
            visitor: self.visitor(visit.clone()),
            is_new: !is_present,
        }
    }

    /// Address and user agent, for Okta's policies.
    pub(super) fn requester(&self) -> Requester {
        Requester {
            address: Some(self.address),
            user_agent: self.user_agent.clone(),
        }
    }

    /// The visitor with this visit, which may be unknown.
    pub(super) fn visitor(&self, visit: VisitId) -> Visitor {
        let others = self.visits.iter();
        let others = others.filter(|other| other.expose_bytes() != visit.expose_bytes());
        Visitor {
            others: others.cloned().collect(),
            visit,
            posted: None,
            opened: None,
            session: self.session.clone(),
            known_device: self.known_device.clone(),
            address: self.address,
            user_agent: self.user_agent.clone(),
            accept_language: self.accept_language.clone(),
            support_code: self.request_id.clone(),
        }
    }
}

impl FromRequest for RequestFacts {
    type Error = WebError;
    type Future = Ready<Result<Self, WebError>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let Some(site) = req.app_data::<web::Data<Site>>() else {
            return ready(Err(WebError::Wiring("Site")));
        };
        let Some(address) = ClientAddress::of(req) else {
            return ready(Err(WebError::Wiring("ClientAddress")));
        };
        let (cookies, headers) = (&site.cookies, req.headers());
        let sessions = cookies.sessions(headers);
        let session = match &sessions {
            Shown::One(session) => Some(session.clone()),
            Shown::Nothing | Shown::Several(_) => None,
        };
        let present = cookies.visits(headers);
        let kept = cookies.kept(headers);
        ready(Ok(Self {
            visits: present.as_slice().iter().cloned().chain(kept.visits).collect(),
            present,
            too_many: kept.too_many,
            sessions,
            session,
            none_counts: None,
            known_device: cookies.device_of(headers),
            last_way: cookies.way_of(headers),
            request_id: RequestId::of(req).as_str().to_owned(),
            address,
            user_agent: text(req, USER_AGENT),
            accept_language: text(req, ACCEPT_LANGUAGE),
            words: words(req),
        }))
    }
}

/// How many values of `Accept-Language` are known without being read again: browsers send few different ones.
const KNOWN_LANGUAGES: NonZeroUsize = NonZeroUsize::new(64).unwrap();

/// The longest of them, in bytes.
const LONGEST_KNOWN: usize = 128;

/// Texts in the first of the browser's languages that we have, else in our first.
pub(super) fn words(req: &impl HttpMessage) -> &'static Words {
    thread_local! {
        static KNOWN: RefCell<LruCache<Box<[u8]>, &'static Words>> = RefCell::new(LruCache::new(KNOWN_LANGUAGES));
    }
    let mut lines = req.headers().get_all(ACCEPT_LANGUAGE);
    match (lines.next(), lines.next()) {
        (Some(line), None) if line.len() <= LONGEST_KNOWN => KNOWN.with_borrow_mut(|known| {
            if let Some(words) = known.get(line.as_bytes()) {
                return *words;
            }
            let words = wanted_words(req);
            known.put(line.as_bytes().into(), words);
            words
        }),
        _ => wanted_words(req),
    }
}

fn wanted_words(req: &impl HttpMessage) -> &'static Words {
    let wanted = req.get_header::<AcceptLanguage>();
    let mut wanted = wanted.map(|wanted| wanted.0).unwrap_or_default();
    // A quality of zero means "not acceptable" (RFC 9110, section 12.4.2).
    wanted.retain(|tag| tag.quality > Quality::ZERO);
    let ranked = AcceptLanguage(wanted).ranked();
    let spoken = ranked.iter().find_map(|tag| copy::find(tag.item()?.as_str()));
    spoken.unwrap_or(copy::ALL[0])
}

fn text(req: &HttpRequest, name: HeaderName) -> Option<String> {
    let value = req.headers().get(name)?.to_str().ok()?;
    (value.len() <= LONGEST).then(|| value.to_owned())
}
