//! The destinations that a customer may be sent to after signing in or out (SEC-147, SEC-148, SEC-149).
//!
//! Text from outside becomes a [`ReturnTo`] only by [`Destinations::parse`], so code that holds one holds a URL that
//! the operator allows, and can never build an open redirect.

mod own_pages;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::fmt;

use percent_encoding::percent_decode_str;
use url::Url;

use super::hosts::{Authority, HostPattern, is_loopback};
use own_pages::OwnPages;

/// The longest destination that is accepted, in bytes, after decoding and without its origin.
const LONGEST: usize = 4096;

/// The longest origin, in bytes: no host has a longer name.
const LONGEST_ORIGIN: usize = 512;

/// A checked destination: absolute, re-serialised, and on an allowed origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnTo {
    url: Url,
}

impl ReturnTo {
    /// The whole URL, for `Location`.
    pub fn as_str(&self) -> &str {
        self.url.as_str()
    }

    /// `host[:port]`, as in requests to the portal.
    pub fn host_and_port(&self) -> String {
        Authority::of(&self.url).map_or_else(String::new, |authority| authority.name().into_owned())
    }

    /// `https://host[:port]`.
    pub fn origin(&self) -> String {
        self.url.origin().ascii_serialization()
    }

    /// The path, as the browser sends it.
    pub fn path(&self) -> &str {
        self.url.path()
    }

    /// The host to name on a page ("continue to …").
    pub fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }
}

impl fmt::Display for ReturnTo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a destination was refused. The text itself is left out: it comes from outside, and may hold secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReturnToError {
    #[error("the destination is empty")]
    Empty,
    #[error("the destination is longer than {LONGEST} bytes")]
    TooLong,
    #[error("the destination has a control character, a backslash or a blank edge")]
    Characters,
    #[error("the destination is neither a path nor an absolute address")]
    Shape,
    #[error("the destination carries a user name")]
    UserInfo,
    #[error("the destination is on a host, port or scheme that is not allowed")]
    Origin,
    #[error("the path of the destination starts with two slashes")]
    DoubleSlash,
    #[error("the destination is a page of the sign-in service itself")]
    OwnPage,
}

/// Settings from which no set of destinations can be built; `config` reports them at start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadDestinations {
    #[error("public_url is neither https nor http on a loopback host")]
    PublicUrl,
    #[error("home_url is not a place to send a visitor to")]
    HomeUrl(#[source] ReturnToError),
    #[error("allowed host {0:?} is neither host[:port] nor *.host[:port]")]
    HostPattern(String),
}

/// Every destination that a customer may be sent to. Built once at startup.
#[derive(Debug, Clone)]
pub struct Destinations {
    public: Url,
    own_pages: OwnPages,
    home: ReturnTo,
    allowed: Vec<HostPattern>,
    /// The domain of the session cookie; `None`: our own host alone.
    cookie_domain: Option<String>,
}

impl Destinations {
    /// `allowed_hosts` are `host[:port]`, or `*.host[:port]` where the star stands for exactly one label. The hosts of
    /// `public_url` and `home_url` are always allowed. Without `home_url` the default page is `/account`.
    pub fn new(public_url: &Url, home_url: Option<&Url>, allowed_hosts: &[String]) -> Result<Self, BadDestinations> {
        let public = as_folder(public_url).ok_or(BadDestinations::PublicUrl)?;
        let account = public.join("account").map_err(|_| BadDestinations::PublicUrl)?;
        let home = ReturnTo {
            url: home_url.cloned().unwrap_or(account),
        };
        let mut allowed = Vec::with_capacity(allowed_hosts.len() + 1);
        for text in allowed_hosts {
            let pattern = HostPattern::parse(text);
            allowed.push(pattern.ok_or_else(|| BadDestinations::HostPattern(text.clone()))?);
        }
        allowed.extend(HostPattern::exactly(&home.url));
        let destinations = Self {
            own_pages: OwnPages::below(&public),
            public,
            home,
            allowed,
            cookie_domain: None,
        };
        destinations
            .recheck(&destinations.home)
            .map_err(BadDestinations::HomeUrl)?;
        Ok(destinations)
    }

    /// The same destinations with a session cookie for a whole domain, which `config` has checked.
    #[must_use]
    pub fn sharing(self, cookie_domain: Option<String>) -> Self {
        Self { cookie_domain, ..self }
    }

    /// Checks untrusted text, percent-decoded exactly once (as the query parser returns it).
    pub fn parse(&self, raw: &str) -> Result<ReturnTo, ReturnToError> {
        // The length is that of the decoded text: a stored destination comes back escaped and with its origin, and must
        // still be short enough.
        let is_long = |text: &str| text.len() > LONGEST && percent_decode_str(text).count() > LONGEST;
        if raw.len() > 3 * LONGEST + LONGEST_ORIGIN || is_long(past_origin(raw)) {
            return Err(ReturnToError::TooLong);
        }
        self.examine(raw)
    }

    /// Parses the stored form of [`ReturnTo::as_str`] by today's rules: the allow-list may have changed since. Only the
    /// length is not checked again, because escaping makes a text longer.
    pub fn restore(&self, stored: &str) -> Result<ReturnTo, ReturnToError> {
        self.examine(stored)
    }

    /// Whether a destination is still allowed when it is used.
    pub fn recheck(&self, destination: &ReturnTo) -> Result<(), ReturnToError> {
        self.examine(destination.as_str()).map(drop)
    }

    /// Whether the session cookie reaches a destination.
    pub fn is_reached(&self, destination: &ReturnTo) -> bool {
        Authority::of(&destination.url).is_some_and(|authority| !self.is_cross_host(&authority))
    }

    /// Whether this is a host of the portal that the session cookie does not reach. Cookies know no ports.
    pub fn is_cross_host(&self, authority: &Authority<'_>) -> bool {
        let own = self.public.host_str();
        let is_shared = self
            .cookie_domain
            .as_deref()
            .is_some_and(|domain| authority.is_within(domain));
        own != Some(authority.host()) && !is_shared && self.has(authority)
    }

    /// The default destination, when there is none or it was refused: the home page.
    pub fn default(&self) -> ReturnTo {
        self.home.clone()
    }

    /// Whether the portal or the service itself is at this authority.
    pub(super) fn has(&self, authority: &Authority<'_>) -> bool {
        self.is_own(authority) || self.is_allowed(authority)
    }

    /// Whether a path, in its normal form, is a page of the service itself.
    pub(super) fn is_own_page(&self, authority: &Authority<'_>, path: &str) -> bool {
        self.is_own(authority) && self.own_pages.has(path)
    }

    /// The same, with the account page.
    pub(super) fn is_served_here(&self, authority: &Authority<'_>, path: &str) -> bool {
        self.is_own(authority) && self.own_pages.serves(path)
    }

    fn is_allowed(&self, authority: &Authority<'_>) -> bool {
        self.allowed.iter().any(|pattern| pattern.matches_authority(authority))
    }

    fn is_own(&self, authority: &Authority<'_>) -> bool {
        Authority::of(&self.public).is_some_and(|own| own == *authority)
    }

    /// The other origins that a form may lead to, as sources for the `form-action` directive: without them Chromium
    /// blocks the redirect that answers an accepted POST (SEC-150).
    pub fn form_action_sources(&self) -> Vec<String> {
        let mut sources: Vec<_> = self.allowed.iter().flat_map(HostPattern::sources).collect();
        sources.sort_unstable();
        sources.dedup();
        sources
    }

    fn examine(&self, text: &str) -> Result<ReturnTo, ReturnToError> {
        let url = self.to_url(text)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(ReturnToError::UserInfo);
        }
        let authority = Authority::of(&url).ok_or(ReturnToError::Origin)?;
        let is_own = self.is_own(&authority);
        if !is_own && !self.is_allowed(&authority) {
            return Err(ReturnToError::Origin);
        }
        if url.path().starts_with("//") {
            return Err(ReturnToError::DoubleSlash);
        }
        if is_own && self.own_pages.contains(&url) {
            return Err(ReturnToError::OwnPage);
        }
        Ok(ReturnTo { url })
    }

    fn to_url(&self, text: &str) -> Result<Url, ReturnToError> {
        if text.is_empty() {
            return Err(ReturnToError::Empty);
        }
        let text = &*with_plain_query(text);
        if text.trim() != text || text.chars().any(|c| c.is_control() || c == '\\') {
            return Err(ReturnToError::Characters);
        }
        if text.starts_with('/') {
            if text.starts_with("//") {
                return Err(ReturnToError::DoubleSlash);
            }
            return self.public.join(text).map_err(|_| ReturnToError::Shape);
        }
        let authority = absolute_authority(text).ok_or(ReturnToError::Shape)?;
        if authority.contains('@') {
            return Err(ReturnToError::UserInfo);
        }
        // No base: `https:x` would otherwise be read as a path beside the base.
        Url::parse(text).map_err(|_| ReturnToError::Shape)
    }
}

/// The text after scheme and host, if it has them.
fn past_origin(text: &str) -> &str {
    match text.split_once("://") {
        Some((scheme, rest)) if !scheme.contains(['/', '?', '#']) => rest
            .find(['/', '?', '#'])
            .and_then(|at| rest.get(at..))
            .unwrap_or_default(),
        _ => text,
    }
}

/// The text with `%5C` for each backslash in its query, where browsers treat it as an ordinary character. In front of
/// the query they treat it as a slash, so there it stays, and is refused.
fn with_plain_query(text: &str) -> Cow<'_, str> {
    let end = text.find('#').unwrap_or(text.len());
    let (address, fragment) = text.split_at(end);
    match address.split_once('?') {
        Some((path, query)) if query.contains('\\') => {
            let query = query.replace('\\', "%5C");
            Cow::Owned(format!("{path}?{query}{fragment}"))
        }
        _ => Cow::Borrowed(text),
    }
}

/// The part between `://` and the path, if the text is an absolute http(s) URL in its plain form.
fn absolute_authority(text: &str) -> Option<&str> {
    let (scheme, rest) = text.split_once("://")?;
    if !scheme.eq_ignore_ascii_case("https") && !scheme.eq_ignore_ascii_case("http") {
        return None;
    }
    let authority = rest.split(['/', '?', '#']).next()?;
    (!authority.is_empty()).then_some(authority)
}

/// `public_url` with a trailing slash, so that joining stays below its path.
fn as_folder(public_url: &Url) -> Option<Url> {
    let is_fit = match public_url.scheme() {
        "https" => true,
        "http" => is_loopback(&public_url.host()?.to_owned()),
        _ => false,
    };
    let mut folder = public_url.clone();
    folder.set_query(None);
    folder.set_fragment(None);
    if !folder.path().ends_with('/') {
        folder.set_path(&format!("{}/", public_url.path()));
    }
    is_fit.then_some(folder)
}
