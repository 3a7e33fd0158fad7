//! Who is asking, as the request shows it.

use std::future::{Ready, ready};
use std::net::IpAddr;

use actix_web::dev::Payload;
use actix_web::http::header::{ACCEPT_LANGUAGE, AcceptLanguage, HeaderName, USER_AGENT};
use actix_web::{FromRequest, HttpMessage as _, HttpRequest, web};

use portico_views::copy::{self, Words};

use super::access_log::RequestId;
use super::client_address::ClientAddress;
use super::error::WebError;
use super::site::Site;
use crate::domain::debt::Requester;
use crate::domain::device::KnownDevice;
use crate::domain::factor::Factor;
use crate::domain::ids::{SessionId, VisitId};
use crate::flow::{Flow, FlowError, Visitor};

/// Longest header that is handed on to Okta, in bytes.
const LONGEST: usize = 512;

/// What the request shows before anything was looked up.
#[derive(Debug)]
pub(super) struct Guest {
    visit: Option<VisitId>,
    pub(super) session: Option<SessionId>,
    /// What this browser keeps of earlier sign-ins; not yet checked.
    known_device: Option<KnownDevice>,
    /// The way this browser used last.
    pub(super) last_way: Option<Factor>,
    /// What to quote to the operator.
    pub(super) request_id: String,
    address: IpAddr,
    user_agent: Option<String>,
    accept_language: Option<String>,
    /// The words in the language that the browser likes best of those we have.
    pub(super) words: &'static Words,
}

/// A browser with its visit.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) visitor: Visitor,
    /// Whether the visit has just been made, so that the browser must be told.
    pub(super) is_new: bool,
}

impl Guest {
    /// The visitor, with a new visit unless the cookie names one that this service made and still knows.
    pub(super) async fn known(&self, flow: &Flow) -> Result<Known, FlowError> {
        let visit = match &self.visit {
            Some(visit) if flow.knows(visit).await? => Some(visit.clone()),
            _ => None,
        };
        let is_new = visit.is_none();
        let visit = visit.unwrap_or_else(|| flow.door().new_visit());
        Ok(Known {
            visitor: self.visitor(visit),
            is_new,
        })
    }

    /// From where it comes, for Okta's policies.
    pub(super) fn requester(&self) -> Requester {
        Requester {
            address: Some(self.address),
            user_agent: self.user_agent.clone(),
        }
    }

    /// The visitor as far as the cookie goes; what it names may be unknown.
    pub(super) fn visitor(&self, visit: VisitId) -> Visitor {
        Visitor {
            visit,
            session: self.session.clone(),
            bound_for: None,
            known_device: self.known_device.clone(),
            address: self.address,
            user_agent: self.user_agent.clone(),
            accept_language: self.accept_language.clone(),
        }
    }
}

impl FromRequest for Guest {
    type Error = WebError;
    type Future = Ready<Result<Self, WebError>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let Some(site) = req.app_data::<web::Data<Site>>() else {
            return ready(Err(WebError::Wiring("Site")));
        };
        let Some(address) = ClientAddress::of(req) else {
            return ready(Err(WebError::Wiring("ClientAddress")));
        };
        ready(Ok(Self {
            visit: site.cookies.read_visit(req),
            session: site.cookies.read_session(req),
            known_device: site.cookies.read_device(req),
            last_way: site.cookies.read_way(req),
            request_id: RequestId::of(req).as_str().to_owned(),
            address,
            user_agent: text(req, USER_AGENT),
            accept_language: text(req, ACCEPT_LANGUAGE),
            words: words(req),
        }))
    }
}

/// The first of the browser's languages that we speak, else the first of ours.
pub(super) fn words(req: &HttpRequest) -> &'static Words {
    let wanted = req.get_header::<AcceptLanguage>();
    let ranked = wanted.map(|wanted| wanted.ranked()).unwrap_or_default();
    let spoken = ranked
        .iter()
        .find_map(|tag| copy::find(tag.item()?.as_str()));
    spoken.unwrap_or(copy::ALL[0])
}

fn text(req: &HttpRequest, name: HeaderName) -> Option<String> {
    let value = req.headers().get(name)?.to_str().ok()?;
    (value.len() <= LONGEST).then(|| value.to_owned())
}
