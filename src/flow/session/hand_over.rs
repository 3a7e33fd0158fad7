//! Hands a session over to a host of the portal that our cookie does not reach: by a ticket in the URL, valid once, for
//! half a minute, for one host and for the browser that set out to fetch it (SEC-203).

use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::ids::SessionId;
use crate::domain::session::after;
use crate::flow::{Flow, FlowError, SessionKey};
use crate::portal::{Authority, ReturnTo};
use crate::session::HashedId;

/// How long a ticket is valid.
const LIFE: Duration = Duration::from_secs(30);

/// What a valid ticket yields.
#[derive(Debug)]
pub struct HandedOver {
    /// The cookie for the host.
    pub host_cookie: String,
    /// Where the customer was going.
    pub target: ReturnTo,
}

#[derive(Serialize, Deserialize)]
struct Ticket {
    /// The session.
    s: String,
    /// The target URL.
    u: String,
    /// The browser that may use it, as [`bound_to`] gives it.
    b: String,
    /// When it expires, in milliseconds since 1970.
    t: i64,
    /// The ticket's own id, by which a second use is recognised.
    n: String,
}

/// How a ticket names its browser: by a hash of the cookie that the host has just given it.
pub fn bound_to(cookie: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, cookie.as_bytes()))
}

impl Flow {
    /// Issues a ticket for the session with this id, bound to the host of the target and to the browser.
    pub fn ticket(&self, id: &SessionId, target: &ReturnTo, browser: &str) -> String {
        let ticket = Ticket {
            s: HashedId::of_session(id).to_text(),
            u: target.as_str().to_owned(),
            b: browser.to_owned(),
            t: after(self.now(), LIFE).as_millisecond(),
            n: self.parts.secrets.ids.new_tab().as_str().to_owned(),
        };
        // Text and numbers always make JSON.
        let note = serde_json::to_vec(&ticket).unwrap_or_default();
        self.parts.tickets.seal(&target.host_and_port(), &note)
    }

    /// Redeems a ticket at this host, from the browser with this cookie; `None` when it is invalid, used or expired.
    pub async fn take_ticket(&self, host: &str, text: &str, cookie: &str) -> Result<Option<HandedOver>, FlowError> {
        let Some(Ticket { s, u, b, t, n }) = self.read_ticket(host, text) else {
            return Ok(None);
        };
        let (now, store) = (self.now(), &self.parts.store);
        let until = Timestamp::from_millisecond(t).unwrap_or(now);
        let (Some(session), Ok(target)) = (HashedId::parse(&s), self.parts.destinations.restore(&u)) else {
            return Ok(None);
        };
        if now >= until || bound_to(cookie) != b || target.host_and_port() != host {
            return Ok(None);
        }
        let name = format!("hand-over {n}");
        let is_new = store.is_new(&name, until, now).await;
        if !is_new.map_err(FlowError::storing_session)? || self.live(session).await?.is_none() {
            return Ok(None);
        }
        Ok(Some(HandedOver {
            host_cookie: self.parts.secrets.host_cookies.issue(host, session),
            target,
        }))
    }

    /// The session that a browser shows at a host of the portal, by its host cookie.
    pub fn session_of_host_cookie(&self, host: &str, cookie: &str) -> Option<SessionKey> {
        self.parts.secrets.host_cookies.open(host, cookie).map(SessionKey)
    }

    /// A new hand-off nonce, for a browser that sets out to fetch a ticket.
    pub fn new_hand_off_nonce(&self) -> String {
        self.parts.secrets.ids.new_visit().expose()
    }

    /// Whether sessions reach this host by ticket.
    pub fn is_cross_host(&self, authority: &Authority<'_>) -> bool {
        self.parts.destinations.is_cross_host(authority)
    }

    /// Whether the session cookie reaches the target.
    pub fn is_reached(&self, target: &ReturnTo) -> bool {
        self.parts.destinations.is_reached(target)
    }

    fn read_ticket(&self, host: &str, text: &str) -> Option<Ticket> {
        let note = self.parts.tickets.open(host, text)?;
        serde_json::from_slice(&note).ok()
    }
}
