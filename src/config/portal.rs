//! The portal behind the sign-in.

mod logout;
mod rules;

use std::time::Duration;

use url::{Position, Url};

use super::brand::BrandConfig;
use super::host_pattern::HostPatternSetting;
use super::key::{Key, SettingKind, UrlRule};
use super::reader::{Reader, Reported};
use super::value::Choice;
use rules::RuleList;

pub use logout::{LogoutConfig, LogoutTargetSetting};
pub use rules::{Require, RuleConfig};

/// The portal that customers go to after signing in, and what guards it.
#[derive(Debug, Clone)]
pub struct PortalConfig {
    /// The portal's start page; `None`: no portal is known, and customers go to `/account`.
    pub home_url: Option<Url>,
    /// What the pages call the portal.
    pub name: String,
    /// Hosts, besides that of `public_url`, that a customer may be sent back to.
    pub allowed_hosts: Vec<HostPatternSetting>,
    /// The names of the headers that tell the portal who the customer is.
    pub headers: HeaderSet,
    /// Whether the portal wants the signed assertion.
    pub assertion: bool,
    /// The access rules; the first that matches decides, and where none does a session is asked for.
    pub rules: Vec<RuleConfig>,
    /// How CORS preflights are decided.
    pub preflight: Preflight,
    /// How the paths of requests are compared with those of rules.
    pub path_matching: PathMatchingSetting,
    /// Whether every request passes, and what would have been refused is only logged and counted.
    pub shadow: bool,
    /// The portal that the service forwards requests to; `None`: a proxy does that.
    pub upstream: Option<UpstreamSetting>,
    /// The portals that are told of ended sessions.
    pub logout: LogoutConfig,
}

/// The portal's own address, for operators who run no proxy.
#[derive(Debug, Clone)]
pub struct UpstreamSetting {
    /// `host:port`.
    pub address: String,
    /// The longest wait for a response to begin, and for the next piece of a request.
    pub timeout: Duration,
    /// How long a WebSocket may be silent.
    pub idle: Duration,
    /// Whether other proxies may still ask at `/verify/…`.
    pub verify: bool,
}

/// The gateway after which the identity headers are named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeaderSet {
    Portico,
    Oauth2Proxy,
    Authelia,
    Authentik,
}

impl Choice for HeaderSet {
    const CHOICES: &'static [(&'static str, Self)] = &[
        ("portico", Self::Portico),
        ("oauth2-proxy", Self::Oauth2Proxy),
        ("authelia", Self::Authelia),
        ("authentik", Self::Authentik),
    ];
}

/// How CORS preflights are decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preflight {
    /// The rules decide.
    Rules,
    /// A preflight that is a head alone, without a body, passes.
    Pass,
}

impl Choice for Preflight {
    const CHOICES: &'static [(&'static str, Self)] = &[("rules", Self::Rules), ("pass", Self::Pass)];
}

/// How the paths of requests are compared with those of rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathMatchingSetting {
    /// To the letter.
    Exact,
    /// As Windows looks up files.
    Windows,
}

impl Choice for PathMatchingSetting {
    const CHOICES: &'static [(&'static str, Self)] = &[("exact", Self::Exact), ("windows", Self::Windows)];
}

pub(super) const KEYS: &[Key] = &[
    Key::optional(
        "portal.home_url",
        SettingKind::Url(UrlRule::Page),
        "`/account`; with `portal.upstream` the root of its host",
        "https://portal.example.com/",
        "Where customers go after signing in if they did not ask for a particular page. The address of the service \
         itself means `/account`.",
    ),
    Key::optional(
        "portal.name",
        SettingKind::Line,
        "`brand.name`",
        "Example portal",
        "What the pages call the portal: \"to continue to …\".",
    ),
    Key::with_default(
        "portal.allowed_hosts",
        SettingKind::List(&SettingKind::Host),
        "",
        "Hosts, besides that of `public_url`, to which customers may be returned: `app.example.com`, \
         `app.example.com:8443`, or `*.apps.example.com`, where `*` stands for exactly one label. https only, except \
         for loopback hosts.",
    )
    .such_as("app.example.com"),
    Key::with_default(
        "portal.headers",
        SettingKind::Choice(&["portico", "oauth2-proxy", "authelia", "authentik"]),
        "portico",
        "The set of header names that tell the portal who the user is: Portico's own, or those of another gateway that \
         the portal already supports. docs/forward-auth.md lists them.",
    ),
    Key::with_default(
        "portal.assertion",
        SettingKind::Flag,
        "false",
        "Whether requests that pass carry a signed token, if the set in `portal.headers` has a name for it. Set `true` if your portal \
         verifies it. Otherwise nothing is signed and the header is empty. docs/forward-auth.md describes the token.",
    ),
    Key::with_default(
        "portal.rules",
        SettingKind::Rules,
        "[]",
        "Access rules, one table each under `[[portal.rules]]`. The first rule that matches decides; if none matches, \
         the user must be signed in. `path` (required) includes everything below it, unless `exact = true`; `*` stands \
         for one whole segment. `host` and `methods` narrow the rule. `require` is `public`, `signed_in` or `nobody`; \
         `groups` (membership in one is enough), `acr_values` or `max_age` imply `signed_in`. In the environment: `[{ \
         path = \"/admin\", groups = [\"admins\"] }]`.",
    )
    .such_as("[{ path = \"/admin\", groups = [\"admins\"] }]"),
    Key::with_default(
        "portal.preflight",
        SettingKind::Choice(&["rules", "pass"]),
        "rules",
        "How to treat CORS preflights, which browsers send without a session: `rules` applies the access rules as to \
         any request; `pass` lets them through to known hosts and unambiguous paths, except where a rule says \
         `nobody`, and never with a body, an upgrade or a header that names another method. docs/forward-auth.md says \
         for which proxies this works.",
    ),
    Key::with_default(
        "portal.path_matching",
        SettingKind::Choice(&["exact", "windows"]),
        "exact",
        "How the path of a request is compared with those in `portal.rules`. `exact`: character by character. \
         `windows`, for a portal on Windows: case is ignored, as are dots and spaces at the end of a segment, and \
         paths that contain `:` or look like a short name (`PROGRA~1`) are refused.",
    ),
    Key::with_default(
        "portal.shadow",
        SettingKind::Flag,
        "false",
        "Lets every request through, and only logs and counts what would have been refused, to try out rules on live \
         traffic. Nothing is protected meanwhile.",
    ),
    Key::optional(
        "portal.upstream",
        SettingKind::Url(UrlRule::UpstreamSetting),
        "a proxy asks at `/verify/…`",
        "http://portal:3000",
        "Address of the portal, if you run no proxy: requests for anything but Portico's own pages are checked and \
         then forwarded to it, including WebSockets and event streams. docs/forward-auth.md says what it receives. \
         Plain HTTP, for a private network.",
    ),
    Key::with_default(
        "portal.verify_with_upstream",
        SettingKind::Flag,
        "false",
        "With `portal.upstream`: whether proxies may still call `/verify/…`. Anyone who reaches it through a trusted \
         proxy learns who the user is, including the assertion; that includes scripts in the portal's pages. So have \
         whatever is in front refuse `/verify/`.",
    ),
    Key::with_default(
        "portal.upstream_timeout",
        SettingKind::Duration(1, 3600),
        "60s",
        "With `portal.upstream`: how long the portal may take to start its response (504 after that), and how long a \
         browser may pause during an upload (408 after that).",
    ),
    Key::with_default(
        "portal.upstream_idle",
        SettingKind::Duration(10, 24 * 3600),
        "10m",
        "With `portal.upstream`: how long a WebSocket without traffic is kept open.",
    ),
    logout::URL,
    logout::CA_FILE,
];

/// Whether `home` is a page of the service itself and not of a portal: its root, or the account page. With
/// `portal.upstream` the root of the host belongs to the portal.
fn is_own(home: &Url, public_url: Option<&Url>, has_upstream: bool) -> bool {
    let Some(public_url) = public_url.filter(|public_url| public_url.origin() == home.origin()) else {
        return false;
    };
    let mount = public_url.path().trim_end_matches('/');
    match home.path().strip_prefix(mount) {
        Some("" | "/") => !(has_upstream && mount.is_empty()),
        Some(rest) => rest.trim_end_matches('/') == "/account",
        None => false,
    }
}

impl PortalConfig {
    /// Defaults come from `public_url` and `brand`, which are `None` when they were refused themselves.
    pub(super) fn read(
        reader: &mut Reader,
        public_url: Option<&Url>,
        brand: Option<&BrandConfig>,
    ) -> Result<Self, Reported> {
        let home_url = reader.get_optional("portal.home_url");
        let name = reader.get_optional("portal.name");
        let allowed_hosts = reader.get("portal.allowed_hosts");
        let headers = reader.get("portal.headers");
        let assertion = reader.get("portal.assertion");
        let rules = reader.get("portal.rules");
        let preflight = reader.get("portal.preflight");
        let path_matching = reader.get("portal.path_matching");
        let shadow = reader.get("portal.shadow");
        let upstream = reader.get_optional("portal.upstream");
        let timeout = reader.get("portal.upstream_timeout");
        let idle = reader.get("portal.upstream_idle");
        let verify = reader.get("portal.verify_with_upstream");
        let has_upstream = reader.is_set("portal.upstream");
        let home_url = home_url.map(|home: Option<Url>| {
            let home = home.filter(|home| !is_own(home, public_url, has_upstream));
            // Every page that is not the service's own is the portal's, and so is the root of the host.
            let of_host = || public_url.filter(|_| has_upstream)?.join("/").ok();
            home.or_else(of_host)
        });
        let allowed_hosts: Result<Vec<HostPatternSetting>, Reported> = allowed_hosts;
        // Where one of these was refused, no host can be said to be unknown.
        let known = allowed_hosts.as_ref().ok().zip(home_url.as_ref().ok()).zip(public_url);
        let known: Option<Vec<_>> = known.map(|((allowed, home), public_url)| {
            let hosts = home.iter().chain([public_url]).filter_map(HostPatternSetting::of);
            hosts.chain(allowed.iter().cloned()).collect()
        });
        let rules =
            rules.and_then(|list: RuleList| checked(reader, list, path_matching.as_ref().ok(), known.as_deref()));
        let logout = LogoutConfig::read(reader, known.as_deref());
        let (timeout, idle, verify) = (timeout?, idle?, verify?);
        Ok(Self {
            home_url: home_url?,
            name: name?
                .or_else(|| brand.map(|brand| brand.name.clone()))
                .ok_or(Reported)?,
            allowed_hosts: allowed_hosts?,
            headers: headers?,
            assertion: assertion?,
            rules: rules?,
            preflight: preflight?,
            path_matching: path_matching?,
            shadow: shadow?,
            logout: logout?,
            upstream: upstream?.map(|url: Url| UpstreamSetting {
                address: url[Position::BeforeHost..Position::AfterPort].to_owned(),
                timeout,
                idle,
                verify,
            }),
        })
    }
}

/// The rules, if every one of them can be followed with the other settings.
fn checked(
    reader: &mut Reader,
    list: RuleList,
    matching: Option<&PathMatchingSetting>,
    known: Option<&[HostPatternSetting]>,
) -> Result<Vec<RuleConfig>, Reported> {
    let mut faults = list.faults;
    for placed in &list.rules {
        let RuleConfig { host, path, .. } = &placed.rule;
        if matching == Some(&PathMatchingSetting::Windows) && !rules::can_be_on_windows(path) {
            let rule = format!(
                "path = {path:?} matches nothing with path_matching = \"windows\": no \":\", short name or segment of \
                 dots does"
            );
            faults.push(placed.fault(rule, "the path by its long name"));
        }
        let is_known = |host: &HostPatternSetting| known.is_none_or(|known| known.iter().any(|it| it.includes(host)));
        if let Some(host) = host.as_ref().filter(|host| !is_known(host)) {
            let rule = format!("host = {:?} is none of the portal's", host.to_string());
            faults.push(placed.fault(rule, "the host in portal.allowed_hosts too"));
        }
    }
    if faults.is_empty() {
        return Ok(list.rules.into_iter().map(|placed| placed.rule).collect());
    }
    reader.refuse_parts("portal.rules", faults);
    Err(Reported)
}
