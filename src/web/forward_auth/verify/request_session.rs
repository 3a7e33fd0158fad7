//! The session of a proxy's request.

use actix_web::HttpRequest;
use actix_web::http::header::USER_AGENT;

use super::service::Verify;
use crate::domain::end::EndReason;
use crate::domain::revocation::Requester;
use crate::flow::{Counting, Flow, FlowError, InUse, NoSessionReason, SessionKey};
use crate::portal::gate::Found;
use crate::web::cookies::Shown;
use crate::web::middleware::client_address::{client_address, peer_address};

/// The session cookie of a request.
#[derive(Debug, Clone, Copy)]
pub(in crate::web) enum Came {
    Nobody,
    With(SessionKey),
    /// Several sessions are live, so none counts.
    Ambiguous,
}

/// The session key of a request, and the session if it is live; records its use. Rarely awaited futures are boxed;
/// otherwise each check would reserve memory for them.
pub(in crate::web) async fn find(
    req: &HttpRequest,
    verify: &Verify,
    flow: &Flow,
    found: &Found<'_>,
) -> Result<(Came, Option<InUse>), FlowError> {
    let came = match shown(req, verify, flow, found) {
        Shown::Nothing => Came::Nobody,
        Shown::One(key) => Came::With(key),
        Shown::Several(keys) => match Box::pin(flow.which_counts(&keys)).await? {
            Counting::One(at) => keys.get(at).map_or(Came::Nobody, |key| Came::With(*key)),
            Counting::None { .. } => Came::Ambiguous,
        },
    };
    let session = match came {
        Came::With(key) => in_use(req, verify, flow, key).await?,
        Came::Nobody | Came::Ambiguous => None,
    };
    Ok((came, session))
}

/// The sessions in the request, from host cookies or session cookies, depending on the host.
fn shown(req: &HttpRequest, verify: &Verify, flow: &Flow, found: &Found<'_>) -> Shown<SessionKey> {
    let (cookies, headers) = (&verify.cookies, req.headers());
    if flow.is_cross_host(&found.authority) {
        let host = found.authority.name();
        return cookies.host_cookies(headers, |cookie| flow.session_of_host_cookie(&host, cookie));
    }
    cookies.sessions(headers).map(|id| SessionKey::of(&id))
}

async fn in_use(req: &HttpRequest, verify: &Verify, flow: &Flow, key: SessionKey) -> Result<Option<InUse>, FlowError> {
    if let Some(in_use) = flow.cached_session(key) {
        return Ok(Some(in_use));
    }
    let headers = req.headers();
    let peer = peer_address(req.peer_addr());
    let agent = headers.get(USER_AGENT).and_then(|value| value.to_str().ok());
    let requester = Requester {
        address: Some(client_address(peer, headers, &verify.trusted)),
        user_agent: agent.map(str::to_owned),
    };
    Box::pin(flow.in_use(key, &requester)).await
}

impl Came {
    /// Why a request has no live session.
    pub(in crate::web) async fn no_session_reason(self, flow: &Flow) -> NoSessionReason {
        let key = match self {
            Self::Nobody => return NoSessionReason::NoSession,
            Self::Ambiguous => return NoSessionReason::Ambiguous,
            Self::With(key) => key,
        };
        match Box::pin(flow.why_ended(key)).await {
            Ok(Some(EndReason::Idle | EndReason::Absolute)) => NoSessionReason::Expired,
            Ok(Some(_)) => NoSessionReason::Revoked,
            Ok(None) | Err(_) => NoSessionReason::Unknown,
        }
    }
}
