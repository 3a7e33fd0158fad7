//! The cookies. Each holds one opaque id, or the name of a factor, and nothing else; the device cookie also holds
//! vouchers (docs/decisions/0011-device-cookie.md).

mod clearing;
pub(super) mod duplicates;
pub(super) mod open_visits;
mod reader;
pub(super) mod values;

use std::borrow::Cow;
use std::fmt;

use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::header::{COOKIE, HeaderMap, HeaderValue};

use crate::domain::device;
use crate::domain::device::KnownDevice;
use crate::domain::factor::Factor;
use crate::domain::ids::{SessionId, VisitId};
use clearing::{Spot, spots};
pub use duplicates::clear as clear_doubled;
pub(super) use duplicates::{NoneCounts, note_none_counts};
#[cfg(any(test, feature = "fuzzing"))]
pub(super) use reader::values;
pub(super) use reader::{is_ours, without_ours};
pub(super) use values::Shown;

/// Names and flags. Over https the names carry the `__Host-` prefix, which makes browsers insist on `Secure`, `Path=/`
/// and no `Domain`; plain http exists on loopback only.
#[derive(Debug, Clone)]
pub struct Cookies {
    session: &'static str,
    attempt: &'static str,
    way: &'static str,
    device: &'static str,
    host_cookie: &'static str,
    hand_off_nonce: &'static str,
    is_secure: bool,
    /// Domain of the session cookie; `None`: host-only.
    domain: Option<String>,
    /// What follows the value of a host-only cookie.
    attributes: String,
}

impl Cookies {
    /// The cookies of a public address, the session cookie for a whole domain if one is given.
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
        let mut cookies = Self::named(scheme);
        cookies.attributes = cookies.cookie("", String::new()).to_string().split_off("=".len());
        cookies
    }

    fn named(scheme: &str) -> Self {
        let attributes = String::new();
        if scheme == "https" {
            Self {
                session: "__Host-portico-session",
                attempt: "__Host-portico-attempt",
                way: "__Host-portico-way",
                device: "__Host-portico-device",
                host_cookie: "__Host-portico-pass",
                hand_off_nonce: "__Host-portico-errand",
                is_secure: true,
                domain: None,
                attributes,
            }
        } else {
            Self {
                session: "portico-session",
                attempt: "portico-attempt",
                way: "portico-way",
                device: "portico-device",
                host_cookie: "portico-pass",
                hand_off_nonce: "portico-errand",
                is_secure: false,
                domain: None,
                attributes,
            }
        }
    }

    pub(super) fn session_name(&self) -> &'static str {
        self.session
    }

    /// The session ids of a request.
    pub(super) fn sessions(&self, headers: &HeaderMap) -> Shown<SessionId> {
        Shown::read(reader::values(headers, self.session), SessionId::parse)
    }

    /// The host cookies that `read` accepts, at a host that the session cookie does not reach.
    pub(super) fn host_cookies<T>(&self, headers: &HeaderMap, read: impl Fn(&str) -> Option<T>) -> Shown<T> {
        Shown::read(reader::values(headers, self.host_cookie), read)
    }

    /// The visit ids.
    pub(super) fn visits(&self, headers: &HeaderMap) -> Shown<VisitId> {
        Shown::read(reader::values(headers, self.attempt), VisitId::parse)
    }

    /// The hand-off nonce of a browser that is fetching a ticket.
    pub(super) fn hand_off_nonce_of(&self, headers: &HeaderMap) -> Option<String> {
        last(headers, self.hand_off_nonce, |value| Some(value.to_owned()))
    }

    /// The factor that was used last.
    pub(super) fn way_of(&self, headers: &HeaderMap) -> Option<Factor> {
        last(headers, self.way, Factor::parse)
    }

    /// The device cookie: who has signed in with this browser. Not yet checked.
    pub(super) fn device_of(&self, headers: &HeaderMap) -> Option<KnownDevice> {
        last(headers, self.device, KnownDevice::parse)
    }

    /// Our names under which more than one cookie came.
    fn doubled(&self, headers: &HeaderMap) -> Vec<&'static str> {
        if !headers.contains_key(COOKIE) {
            return Vec::new();
        }
        let names = [
            self.session,
            self.attempt,
            self.way,
            self.device,
            self.host_cookie,
            self.hand_off_nonce,
        ];
        // Browsers accept a `__Host-` cookie for this host and `/` only.
        let names = names.into_iter().filter(|name| !name.starts_with("__Host-"));
        names
            .filter(|name| reader::values(headers, name).nth(1).is_some())
            .collect()
    }

    /// Removals of every cookie that could have come under this name to this path of this host, except our own.
    fn removals(&self, name: &'static str, host: &str, path: &str) -> Vec<Cookie<'static>> {
        let domain = self.domain.as_deref().filter(|_| name == self.session);
        let is_ours = |spot: &Spot| spot.path == "/" && spot.domain.as_deref() == domain;
        let removal = |Spot { domain, path }| {
            let mut cookie = Cookie::build(name, "").path(path).secure(self.is_secure);
            if let Some(domain) = domain {
                cookie = cookie.domain(domain);
            }
            cookie.max_age(Duration::ZERO).finish()
        };
        let others = spots(host, path).into_iter().filter(|spot| !is_ours(spot));
        others.map(removal).collect()
    }

    /// Removals of every session cookie that a browser sends to another path of this host, except our own.
    pub(super) fn no_other_session(&self, host: &str, path: &str) -> Vec<Cookie<'static>> {
        self.removals(self.session, host, path)
    }

    /// Gone when the browser closes, unless the customer asked to be kept signed in. The server alone decides when a
    /// session ends; `keep_for` only spares the browser a dead cookie.
    pub(super) fn session(&self, id: &SessionId, keep_for: Option<std::time::Duration>) -> Cookie<'static> {
        let mut cookie = self.of_session(id.expose());
        if let Some(keep_for) = keep_for {
            // Never longer than the session lives.
            cookie.set_max_age(whole_seconds(keep_for));
        }
        cookie
    }

    /// The visit; gone when the browser closes.
    pub(super) fn visit(&self, id: &VisitId) -> Option<HeaderValue> {
        self.line(format_args!("{}={}", self.attempt, id.expose()), None)
    }

    pub(super) fn no_visit(&self) -> Cookie<'static> {
        let mut cookie = self.cookie(self.attempt, String::new());
        cookie.make_removal();
        cookie
    }

    /// Keeps for half a year which factor to offer first.
    pub(super) fn way(&self, factor: Factor) -> Cookie<'static> {
        let mut cookie = self.cookie(self.way, factor.name().to_owned());
        cookie.set_max_age(Duration::days(180));
        cookie
    }

    /// The device cookie: who has signed in here before.
    pub(super) fn device(&self, device: &KnownDevice) -> Cookie<'static> {
        let mut cookie = self.cookie(self.device, device.expose());
        cookie.set_max_age(Duration::days(device::LIFE_DAYS.into()));
        cookie
    }

    pub(super) fn no_session(&self) -> Cookie<'static> {
        let mut cookie = self.of_session(String::new());
        cookie.make_removal();
        cookie
    }

    /// The host cookie, for the session at another host; gone when the browser closes.
    pub(super) fn host_cookie(&self, host_cookie: &str) -> Cookie<'static> {
        self.cookie(self.host_cookie, host_cookie.to_owned())
    }

    /// Kept for ten minutes: longer than a sign-in takes.
    pub(super) fn hand_off_nonce(&self, name: &str) -> Cookie<'static> {
        let mut cookie = self.cookie(self.hand_off_nonce, name.to_owned());
        cookie.set_max_age(Duration::minutes(10));
        cookie
    }

    pub(super) fn clears_hand_off_nonce(&self) -> Cookie<'static> {
        let mut cookie = self.cookie(self.hand_off_nonce, String::new());
        cookie.make_removal();
        cookie
    }

    /// A host-only cookie as a header: every form sets two, and [`Cookie`] writes each in many small pieces. `None` for a value
    /// that is no header, which no id is.
    fn line(&self, pair: fmt::Arguments<'_>, keep_for: Option<std::time::Duration>) -> Option<HeaderValue> {
        let attributes = &self.attributes;
        let line = match keep_for {
            None => format!("{pair}{attributes}"),
            Some(keep_for) => format!("{pair}{attributes}; Max-Age={}", keep_for.as_secs()),
        };
        HeaderValue::try_from(line).ok()
    }

    fn of_session(&self, value: String) -> Cookie<'static> {
        let mut cookie = self.cookie(self.session, value);
        if let Some(domain) = &self.domain {
            cookie.set_domain(domain.clone());
        }
        cookie
    }

    fn cookie(&self, name: impl Into<Cow<'static, str>>, value: String) -> Cookie<'static> {
        Cookie::build(name, value)
            .path("/")
            .http_only(true)
            .secure(self.is_secure)
            .same_site(SameSite::Lax)
            .finish()
    }
}

/// The last value: browsers send the cookie with the longest path first (RFC 6265 §5.4), and ours are for `/`. The
/// others under this name are removed by the same answer.
fn last<T>(headers: &HeaderMap, name: &'static str, read: impl Fn(&str) -> Option<T>) -> Option<T> {
    reader::values(headers, name).filter_map(read).last()
}

/// Rounded down.
fn whole_seconds(duration: std::time::Duration) -> Duration {
    Duration::seconds(i64::try_from(duration.as_secs()).unwrap_or(i64::MAX))
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
        let kept = Cookies::for_scheme("https").session(&id, Some(days)).to_string();
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
            format!("__Secure-portico-session={value}; HttpOnly; SameSite=Lax; Secure; Path=/; Domain=example.com")
        );
        let visit = VisitId::from_random([9; 32]);
        let secure = Cookies::for_scheme("https");
        assert_eq!(
            secure.visit(&visit).unwrap(),
            format!("__Host-portico-attempt={value}; HttpOnly; SameSite=Lax; Secure; Path=/").as_str()
        );
        assert_eq!(
            secure.kept_visit("label-12", &visit, days).unwrap(),
            format!("__Host-portico-attempt-label-12={value}; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=2592000")
                .as_str()
        );
        let removed = Cookies::new("https", Some("example.com"));
        let removed = removed.no_other_session("signin.example.com", "/x");
        let removed: Vec<String> = removed.iter().map(Cookie::to_string).collect();
        let spots: Vec<_> = removed
            .iter()
            .map(|line| line.strip_prefix("__Secure-portico-session=; Secure; "))
            .collect();
        assert_eq!(
            spots[..4],
            [
                Some("Path=/; Max-Age=0"),
                Some("Path=/; Domain=signin.example.com; Max-Age=0"),
                Some("Path=/x; Max-Age=0"),
                Some("Path=/x; Domain=signin.example.com; Max-Age=0"),
            ],
            "all but ours: {removed:?}"
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
