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
pub struct Cookies {
    session: &'static str,
    attempt: &'static str,
    way: &'static str,
    device: &'static str,
    pass: &'static str,
    errand: &'static str,
    is_secure: bool,
    /// The domain that the cookie of a session is for; `None`: the host alone.
    domain: Option<String>,
}

impl Cookies {
    /// The cookies of a public address, that of a session for a whole domain if there is one.
    pub fn new(scheme: &str, domain: Option<&str>) -> Self {
        let host_only = Self::for_scheme(scheme);
        let Some(domain) = domain else {
            return host_only;
        };
        Self {
            // `__Host-` would forbid the domain; `__Secure-` still insists on https.
            session: if host_only.is_secure {
                "__Secure-portico-session"
            } else {
                host_only.session
            },
            domain: Some(domain.to_owned()),
            ..host_only
        }
    }

    fn for_scheme(scheme: &str) -> Self {
        if scheme == "https" {
            Self {
                session: "__Host-portico-session",
                attempt: "__Host-portico-attempt",
                way: "__Host-portico-way",
                device: "__Host-portico-device",
                pass: "__Host-portico-pass",
                errand: "__Host-portico-errand",
                is_secure: true,
                domain: None,
            }
        } else {
            Self {
                session: "portico-session",
                attempt: "portico-attempt",
                way: "portico-way",
                device: "portico-device",
                pass: "portico-pass",
                errand: "portico-errand",
                is_secure: false,
                domain: None,
            }
        }
    }

    pub(super) fn read_session(&self, req: &HttpRequest) -> Option<SessionId> {
        SessionId::parse(req.cookie(self.session)?.value())
    }

    /// The same without reading the other cookies.
    pub(super) fn find_session(&self, headers: &HeaderMap) -> Option<SessionId> {
        SessionId::parse(find(headers, self.session)?)
    }

    /// What a browser shows at a host that the cookie of its session does not reach.
    pub(super) fn find_pass<'a>(&self, headers: &'a HeaderMap) -> Option<&'a str> {
        find(headers, self.pass)
    }

    /// The name of a browser that has gone out to fetch a ticket.
    pub(super) fn read_errand(&self, req: &HttpRequest) -> Option<String> {
        find(req.headers(), self.errand).map(str::to_owned)
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
        let mut cookie = self.of_session(id.expose());
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
        let mut cookie = self.of_session(String::new());
        cookie.make_removal();
        cookie
    }

    /// The session at another host; gone when the browser closes.
    pub(super) fn pass(&self, pass: &str) -> Cookie<'static> {
        self.cookie(self.pass, pass.to_owned())
    }

    /// Ten minutes: longer than a sign-in takes.
    pub(super) fn errand(&self, name: &str) -> Cookie<'static> {
        let mut cookie = self.cookie(self.errand, name.to_owned());
        cookie.set_max_age(Duration::minutes(10));
        cookie
    }

    pub(super) fn no_errand(&self) -> Cookie<'static> {
        let mut cookie = self.cookie(self.errand, String::new());
        cookie.make_removal();
        cookie
    }

    fn of_session(&self, value: String) -> Cookie<'static> {
        let mut cookie = self.cookie(self.session, value);
        if let Some(domain) = &self.domain {
            cookie.set_domain(domain.clone());
        }
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

/// The first cookie of this name, without reading the others.
fn find<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers
        .get_all(COOKIE)
        .filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';'));
    pairs
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(has, _)| *has == name)
        .map(|(_, value)| value)
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
        let shared = Cookies::new("https", Some("example.com"))
            .session(&id, None)
            .to_string();
        assert_eq!(
            shared,
            format!(
                "__Secure-portico-session={value}; HttpOnly; SameSite=Lax; Secure; Path=/; Domain=example.com"
            )
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
