//! The cookies: one opaque id each, or the name of a way, and nothing else; that of the device has vouchers besides
//! (docs/decisions/0011-device-cookie.md).

use actix_web::HttpRequest;
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::header::{COOKIE, HeaderMap};

use crate::domain::device::KnownDevice;
use crate::domain::factor::Factor;
use crate::domain::ids::{SessionId, VisitId};

/// Names and flags. Over https the names carry the `__Host-` prefix, which makes browsers insist on `Secure`, `Path=/`
/// and no `Domain`; plain http exists on loopback only.
#[derive(Debug, Clone)]
pub(super) struct Cookies {
    session: &'static str,
    attempt: &'static str,
    way: &'static str,
    device: &'static str,
    is_secure: bool,
}

impl Cookies {
    pub(super) fn for_scheme(scheme: &str) -> Self {
        if scheme == "https" {
            Self {
                session: "__Host-portico-session",
                attempt: "__Host-portico-attempt",
                way: "__Host-portico-way",
                device: "__Host-portico-device",
                is_secure: true,
            }
        } else {
            Self {
                session: "portico-session",
                attempt: "portico-attempt",
                way: "portico-way",
                device: "portico-device",
                is_secure: false,
            }
        }
    }

    pub(super) fn read_session(&self, req: &HttpRequest) -> Option<SessionId> {
        SessionId::parse(req.cookie(self.session)?.value())
    }

    /// The same without reading the other cookies.
    pub(super) fn find_session(&self, headers: &HeaderMap) -> Option<SessionId> {
        let lines = headers
            .get_all(COOKIE)
            .filter_map(|line| line.to_str().ok());
        let pairs = lines.flat_map(|line| line.split(';'));
        let value = pairs
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(name, _)| *name == self.session)
            .map(|(_, value)| value);
        SessionId::parse(value?)
    }

    pub(super) fn read_visit(&self, req: &HttpRequest) -> Option<VisitId> {
        VisitId::parse(req.cookie(self.attempt)?.value())
    }

    pub(super) fn read_way(&self, req: &HttpRequest) -> Option<Factor> {
        Factor::parse(req.cookie(self.way)?.value())
    }

    pub(super) fn read_device(&self, req: &HttpRequest) -> Option<KnownDevice> {
        KnownDevice::parse(req.cookie(self.device)?.value())
    }

    /// Gone when the browser closes, unless the customer asked to be kept signed in. The server alone decides when a
    /// session ends; `keep_for` only spares the browser a dead cookie.
    pub(super) fn session(
        &self,
        id: &SessionId,
        keep_for: Option<std::time::Duration>,
    ) -> Cookie<'static> {
        let mut cookie = self.cookie(self.session, id.expose());
        if let Some(keep_for) = keep_for {
            // Whole seconds, rounded down: never longer than the session lives.
            let seconds = i64::try_from(keep_for.as_secs()).unwrap_or(i64::MAX);
            cookie.set_max_age(Duration::seconds(seconds));
        }
        cookie
    }

    /// Gone when the browser closes.
    pub(super) fn visit(&self, id: &VisitId) -> Cookie<'static> {
        self.cookie(self.attempt, id.expose())
    }

    /// Half a year: which way to offer first.
    pub(super) fn way(&self, factor: Factor) -> Cookie<'static> {
        let mut cookie = self.cookie(self.way, factor.name().to_owned());
        cookie.set_max_age(Duration::days(180));
        cookie
    }

    /// A year: who has signed in here before.
    pub(super) fn device(&self, device: &KnownDevice) -> Cookie<'static> {
        let mut cookie = self.cookie(self.device, device.expose());
        cookie.set_max_age(Duration::days(365));
        cookie
    }

    pub(super) fn no_session(&self) -> Cookie<'static> {
        let mut cookie = self.cookie(self.session, String::new());
        cookie.make_removal();
        cookie
    }

    fn cookie(&self, name: &'static str, value: String) -> Cookie<'static> {
        Cookie::build(name, value)
            .path("/")
            .http_only(true)
            .secure(self.is_secure)
            .same_site(SameSite::Lax)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_202_cookies_have_the_flags_of_the_contract() {
        let id = SessionId::from_random([9; 32]);
        let secure = Cookies::for_scheme("https").session(&id, None).to_string();
        let value = id.expose();
        assert_eq!(
            secure,
            format!("__Host-portico-session={value}; HttpOnly; SameSite=Lax; Secure; Path=/")
        );
        let days = std::time::Duration::from_hours(30 * 24);
        let kept = Cookies::for_scheme("https")
            .session(&id, Some(days))
            .to_string();
        assert_eq!(kept, format!("{secure}; Max-Age=2592000"));
        let plain = Cookies::for_scheme("http").session(&id, None).to_string();
        assert_eq!(
            plain,
            format!("portico-session={value}; HttpOnly; SameSite=Lax; Path=/")
        );
        let device = KnownDevice::new([9; 16]);
        let kept = Cookies::for_scheme("https").device(&device).to_string();
        assert_eq!(
            kept,
            format!(
                "__Host-portico-device={}; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=31536000",
                device.expose()
            )
        );
    }
}
