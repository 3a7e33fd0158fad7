//! How long a portal session lasts.

use std::num::NonZeroU32;
use std::time::Duration;

use url::Url;

use super::host_pattern::HostPatternSetting;
use super::key::{Key, SettingKind};
use super::reader::{Reader, Reported};
use super::value::{Choice, OrOff};

/// Lifetimes of a session.
#[derive(Debug, Clone)]
pub struct SessionConfig {
    /// Without a request for this long, it ends. Not longer than `absolute`.
    pub idle: Duration,
    /// It ends this long after the sign-in, whatever happens.
    pub absolute: Duration,
    /// How old Okta's last confirmation of a session may be when the session is used; zero: Okta is never asked again.
    pub revalidate: Duration,
    /// How sessions without a refresh token are checked.
    pub revalidate_without_refresh_token: CheckBy,
    /// Limits for customers who ask to be kept signed in; `None`: nobody is offered it.
    pub remember: Option<RememberConfig>,
    /// Whether a session without a refresh token ends with its access token.
    pub follow_token_life: bool,
    /// The domain that the session cookie is for; `None`: the host of `public_url` alone.
    pub cookie_domain: Option<String>,
    /// Sessions of one customer at once; the next sign-in ends the oldest.
    pub max_per_user: NonZeroU32,
}

/// How a session without a refresh token is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckBy {
    UserInfo,
    Introspection,
    Nothing,
}

/// Lifetimes of a session whose customer asked to be kept signed in.
#[derive(Debug, Clone, Copy)]
pub struct RememberConfig {
    /// At least `session.idle`, at most `absolute`.
    pub idle: Duration,
    /// At least `session.absolute`.
    pub absolute: Duration,
}

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// `session.remember_idle` where it is not set; `session.remember` when that is shorter.
const REMEMBER_IDLE: Duration = Duration::from_secs(7 * DAY);

pub(super) const KEYS: &[Key] = &[
    Key::with_default(
        "session.idle",
        SettingKind::Duration(MINUTE, HOUR),
        "30m",
        "Idle timeout: a session ends after this long without a request. At most `session.absolute`.",
    ),
    Key::with_default(
        "session.absolute",
        SettingKind::Duration(MINUTE, 24 * HOUR),
        "12h",
        "A session ends this long after the sign-in, however busy it is. If you lower this value later, existing \
         sessions are shortened; raising it does not extend them.",
    ),
    Key::with_default(
        "session.remember",
        SettingKind::DurationOrOff(HOUR, 90 * DAY),
        "off",
        "Offers \"Keep me signed in\" on the first page. Customers who tick it get a cookie that survives closing the \
         browser, and a session that ends this long after the sign-in instead of after `session.absolute`. `off`: it \
         is not offered, and every session ends when the browser is closed.",
    ),
    Key::optional(
        "session.remember_idle",
        SettingKind::Duration(MINUTE, 90 * DAY),
        "`7d`, or `session.remember` when that is shorter",
        "7d",
        "Idle timeout for customers who asked to be kept signed in, instead of `session.idle`. At most \
         `session.remember`.",
    ),
    Key::with_default(
        "session.follow_token_life",
        SettingKind::Flag,
        "false",
        "Whether a session for which Okta issued no refresh token ends when its access token expires (by default after \
         one hour), because Okta can no longer be asked about the customer after that. Not needed if `okta.scopes` \
         contains `offline_access` and the app may use refresh tokens.",
    ),
    Key::optional(
        "session.cookie_domain",
        SettingKind::Host,
        "",
        "example.com",
        "Domain of the session cookie, so that sibling hosts of the portal (`app.example.com`) receive it too. Every \
         host of the domain, and whoever runs it, can then use the session. Public suffixes are refused. Not set: the \
         cookie is for the host of `public_url` only, and other hosts get their own cookie with a one-time ticket.",
    ),
    Key::with_default(
        "session.max_per_user",
        SettingKind::Count(1, 1000),
        "10",
        "Concurrent sessions per customer, in all browsers together. The next sign-in ends the oldest session.",
    ),
    Key::with_default(
        "session.revalidate",
        SettingKind::Duration(0, 24 * HOUR),
        "10m",
        "How old the last check of a session with Okta may be when the session is used: a customer who has been \
         suspended, or has lost a group or access to the app, is signed out or loses access accordingly after at most \
         this long. Needs the refresh token grant and the scope `offline_access`. If Okta does not answer, nobody is \
         signed out. `0s`: sessions are never checked with Okta.",
    ),
    Key::with_default(
        "session.revalidate_without_refresh_token",
        SettingKind::Choice(&["userinfo", "introspection", "none"]),
        "userinfo",
        "How sessions are checked if Okta issued no refresh token, for as long as the access token is valid (by \
         default one hour). `userinfo` also updates names and groups; `introspection` only checks whether the token is \
         still valid.",
    ),
];

impl SessionConfig {
    pub(super) fn read(reader: &mut Reader, public_url: Option<&Url>) -> Result<Self, Reported> {
        let idle = reader.get("session.idle");
        let absolute = reader.get("session.absolute");
        let revalidate = reader.get("session.revalidate");
        let revalidate_by = reader.get("session.revalidate_without_refresh_token");
        let remember = RememberConfig::read(reader, idle, absolute);
        let follow_token_life = reader.get("session.follow_token_life");
        let max_per_user = reader.get("session.max_per_user");
        let cookie_domain = cookie_domain(reader, public_url);
        if let (Ok(idle), Ok(absolute)) = (idle, absolute)
            && idle > absolute
        {
            let rule = "is longer than session.absolute, so it could never take effect";
            reader.refuse("session.idle", rule, "idle = \"30m\" and absolute = \"12h\"");
        }
        Ok(Self {
            idle: idle?,
            absolute: absolute?,
            revalidate: revalidate?,
            revalidate_without_refresh_token: revalidate_by?,
            remember: remember?,
            follow_token_life: follow_token_life?,
            cookie_domain: cookie_domain?,
            max_per_user: max_per_user?,
        })
    }
}

impl Choice for CheckBy {
    const CHOICES: &'static [(&'static str, Self)] = &[
        ("userinfo", Self::UserInfo),
        ("introspection", Self::Introspection),
        ("none", Self::Nothing),
    ];
}

impl RememberConfig {
    fn read(
        reader: &mut Reader,
        usual_idle: Result<Duration, Reported>,
        usual_absolute: Result<Duration, Reported>,
    ) -> Result<Option<Self>, Reported> {
        let remember = reader.get::<OrOff>("session.remember");
        let idle = reader.get_optional::<Duration>("session.remember_idle")?;
        let OrOff(Some(absolute)) = remember? else {
            return Ok(None);
        };
        let set = idle;
        let idle = idle.unwrap_or(REMEMBER_IDLE.min(absolute));
        if idle > absolute {
            let rule = "is longer than session.remember, so it could never take effect";
            reader.refuse(
                "session.remember_idle",
                rule,
                "remember_idle = \"7d\" and remember = \"30d\"",
            );
            return Err(Reported);
        }
        if usual_absolute.is_ok_and(|usual| absolute < usual) {
            let rule = "is shorter than session.absolute, so whoever asks to be kept signed in would be kept less long";
            reader.refuse("session.remember", rule, "remember = \"30d\" and absolute = \"12h\"");
            return Err(Reported);
        }
        if set.is_some() && usual_idle.is_ok_and(|usual| idle < usual) {
            let rule = "is shorter than session.idle, so whoever asks to be kept signed in would be kept less long";
            reader.refuse(
                "session.remember_idle",
                rule,
                "remember_idle = \"7d\" and idle = \"30m\"",
            );
            return Err(Reported);
        }
        Ok(Some(Self { idle, absolute }))
    }
}

/// The cookie domain. It must contain the host of `public_url`, over https, and must not be a public suffix, below
/// which other hosts belong to strangers.
fn cookie_domain(reader: &mut Reader, public_url: Option<&Url>) -> Result<Option<String>, Reported> {
    const PATH: &str = "session.cookie_domain";
    let pattern: Option<HostPatternSetting> = reader.get_optional(PATH)?;
    let Some(HostPatternSetting { wildcard, host, port }) = pattern else {
        return Ok(None);
    };
    // Where `public_url` was refused, the domain cannot be compared with it.
    let is_above = public_url.is_none_or(|own| {
        let rest = own.host_str().and_then(|own| own.strip_suffix(&host));
        rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    });
    let is_suffix = public_suffix::suffix(&host) == Some(host.as_str());
    let rule = if wildcard || port.is_some() {
        "must be a domain, without star and port; it includes its subdomains anyway"
    } else if !is_above {
        "is not a domain of the host of public_url, so no browser would take the cookie"
    } else if is_suffix {
        "is a public suffix: hosts of other owners would receive the cookie, and browsers refuse it"
    } else if public_url.is_some_and(|own| own.scheme() != "https") {
        "needs public_url to be https"
    } else {
        return Ok(Some(host));
    };
    let parent = public_url
        .and_then(|own| own.host_str()?.split_once('.'))
        .map(|(_, parent)| parent);
    let fix = match parent.filter(|parent| public_suffix::suffix(parent) != Some(parent)) {
        Some(parent) => format!("cookie_domain = {parent:?}, or leave it out"),
        None => "leave it out".to_owned(),
    };
    reader.refuse(PATH, rule, &fix);
    Err(Reported)
}
