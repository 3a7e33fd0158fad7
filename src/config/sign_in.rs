//! The ways of signing in that customers are offered.

use url::Url;

use super::key::{Key, SettingKind, UrlRule};
use super::reader::{Reader, Reported};
use super::value::Choice;

/// What the form offers, and where its links lead.
#[derive(Debug, Clone)]
pub struct SignInConfig {
    /// Ways to begin with, in the order shown; never empty, no way twice.
    pub first: Vec<Way>,
    /// Ways to confirm with, in the order shown; may be empty, no way twice.
    pub second: Vec<Way>,
    /// Whether customers may sign in on Okta's hosted page.
    pub okta_hosted: bool,
    /// Whether a push without a number to compare is refused.
    pub require_number_challenge: bool,
    pub links: LinksConfig,
}

/// A way for customers to prove who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Way {
    Password,
    Otp,
    Sms,
    Voice,
    Email,
    Push,
    Passkey,
}

/// Links for what the service cannot do itself.
#[derive(Debug, Clone)]
pub struct LinksConfig {
    pub forgot_password: Option<Url>,
    pub set_up_factors: Option<Url>,
    pub help: Option<Url>,
    pub privacy: Option<Url>,
    /// Whom to ask, as text: "the service desk, 020 7946 0000".
    pub contact: Option<String>,
}

/// The names are those of the form field `factor`.
const WAYS: &[&str] = &["password", "otp", "sms", "voice", "email", "push", "passkey"];
const SECOND_WAYS: &[&str] = &["otp", "sms", "voice", "email", "push", "passkey"];

pub(super) const KEYS: &[Key] = &[
    Key::with_default(
        "sign_in.first",
        SettingKind::List(&SettingKind::Choice(WAYS)),
        "password",
        "First factors, in the order shown. With `password`, the first page asks for user name and password together. \
         With `push`, anyone who types a user name can send a prompt to that user's phone: make sure that you want \
         that.",
    ),
    Key::with_default(
        "sign_in.second",
        SettingKind::List(&SettingKind::Choice(SECOND_WAYS)),
        "push, otp, sms, voice, email, passkey",
        "Second factors, in the order shown, for when Okta's policy requires one. `sms` and `voice` are vulnerable to \
         SIM swapping; leave them out if your customers can do without. `passkey` is offered only with \
         `okta.webauthn`.",
    ),
    Key::with_default(
        "sign_in.okta_hosted",
        SettingKind::Flag,
        "false",
        "Whether customers may use Okta's own sign-in page: a button on the first page, and offered where these pages \
         cannot help (a password that must be changed, an authenticator to set up, a factor that only Okta's page \
         supports). Signing out then ends the browser's Okta session as well. Two redirect URIs must be registered at \
         Okta; `portico check` prints them.",
    ),
    Key::with_default(
        "sign_in.require_number_challenge",
        SettingKind::Flag,
        "false",
        "Whether a push is accepted only with a number challenge. Recommended: set Okta Verify's number challenge to \
         \"All push challenges\", then set this to `true`.",
    ),
    Key::optional(
        "sign_in.links.forgot_password",
        SettingKind::Url(UrlRule::Link),
        "",
        "https://your-org.okta.com/signin/forgot-password",
        "Where customers reset a forgotten password.",
    ),
    Key::optional(
        "sign_in.links.set_up_factors",
        SettingKind::Url(UrlRule::Link),
        "",
        "https://your-org.okta.com/enduser/settings",
        "Where customers set up authenticators.",
    ),
    Key::optional(
        "sign_in.links.help",
        SettingKind::Url(UrlRule::Link),
        "",
        "https://www.example.com/help",
        "Help link on every page.",
    ),
    Key::optional(
        "sign_in.links.privacy",
        SettingKind::Url(UrlRule::Link),
        "",
        "https://www.example.com/privacy",
        "Privacy link on every page.",
    ),
    Key::optional(
        "sign_in.links.contact",
        SettingKind::Line,
        "",
        "the service desk, 020 7946 0000",
        "Whom to ask when nothing else helps, as it reads in a sentence after \"Ask\".",
    ),
];

impl SignInConfig {
    pub(super) fn read(reader: &mut Reader) -> Result<Self, Reported> {
        let first = reader.get::<Vec<Way>>("sign_in.first");
        let second = reader.get("sign_in.second");
        let okta_hosted = reader.get("sign_in.okta_hosted");
        let require_number_challenge = reader.get("sign_in.require_number_challenge");
        let links = LinksConfig::read(reader);
        if first.as_ref().is_ok_and(Vec::is_empty) {
            let rule = "is empty: nobody could begin to sign in";
            reader.refuse("sign_in.first", rule, "first = [\"password\"]");
        }
        Ok(Self {
            first: first?,
            second: second?,
            okta_hosted: okta_hosted?,
            require_number_challenge: require_number_challenge?,
            links: links?,
        })
    }

    /// Whether `way` is offered at all.
    pub fn offers(&self, way: Way) -> bool {
        self.first.contains(&way) || self.second.contains(&way)
    }
}

impl LinksConfig {
    fn read(reader: &mut Reader) -> Result<Self, Reported> {
        let forgot_password = reader.get_optional("sign_in.links.forgot_password");
        let set_up_factors = reader.get_optional("sign_in.links.set_up_factors");
        let help = reader.get_optional("sign_in.links.help");
        let privacy = reader.get_optional("sign_in.links.privacy");
        let contact = reader.get_optional("sign_in.links.contact");
        Ok(Self {
            forgot_password: forgot_password?,
            set_up_factors: set_up_factors?,
            help: help?,
            privacy: privacy?,
            contact: contact?,
        })
    }
}

impl Choice for Way {
    const CHOICES: &'static [(&'static str, Self)] = &[
        ("password", Self::Password),
        ("otp", Self::Otp),
        ("sms", Self::Sms),
        ("voice", Self::Voice),
        ("email", Self::Email),
        ("push", Self::Push),
        ("passkey", Self::Passkey),
    ];
}
