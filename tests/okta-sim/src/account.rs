//! An account: its user, the enrolled factors, and what has arrived on the user's phone.

use std::collections::{BTreeSet, VecDeque};

use serde::{Deserialize, Serialize};
use totp_rs::{Algorithm, TOTP};

use crate::{
    clock::{Millis, seconds},
    ids,
    webauthn::Passkey,
};

/// How many messages of each kind a phone keeps.
const KEPT_MESSAGES: usize = 50;

/// An authentication factor other than a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Factor {
    Otp,
    Push,
    Sms,
    Voice,
    Email,
    Passkey,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountState {
    #[default]
    Active,
    Locked,
    PasswordExpired,
    /// Not assigned to any application.
    Unassigned,
    /// Assigned, but no rule of the sign-in policy lets this user in.
    Denied,
}

/// A text message, a call as it was read out, or an email.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    pub body: String,
    pub code: String,
    /// RFC 3339, by the simulator's clock.
    pub at: String,
}

/// What has arrived on a phone, newest first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Inbox {
    pub(crate) texts: VecDeque<Message>,
    pub(crate) calls: VecDeque<Message>,
    pub(crate) emails: VecDeque<Message>,
    /// Ids of Okta Verify prompts.
    pub(crate) prompts: VecDeque<String>,
}

impl Inbox {
    pub(crate) fn deliver(&mut self, factor: Factor, message: Message) {
        let messages = match factor {
            Factor::Sms => &mut self.texts,
            Factor::Voice => &mut self.calls,
            _ => &mut self.emails,
        };
        messages.push_front(message);
        messages.truncate(KEPT_MESSAGES);
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) login: String,
    pub(crate) id: String,
    pub(crate) given_name: String,
    pub(crate) family_name: String,
    pub(crate) password: Option<String>,
    pub(crate) factors: BTreeSet<Factor>,
    pub(crate) state: AccountState,
    /// The policy demands a second factor even when none is enrolled.
    pub(crate) must_have_second: bool,
    /// Pushes to this account come with a number challenge.
    pub(crate) number_challenge: bool,
    pub(crate) wrong_passwords: u32,
    pub(crate) totp_secret: Vec<u8>,
    /// A new authenticator app was shown its key and has not confirmed it by a code yet.
    pub(crate) is_adding_app: bool,
    pub(crate) last_totp_step: i64,
    pub(crate) passkeys: Vec<Passkey>,
    pub(crate) groups: Vec<String>,
    pub(crate) phone_number: String,
    pub(crate) inbox: Inbox,
}

impl Account {
    pub(crate) fn new(login: &str, name: &str, password: Option<&str>, factors: &[Factor]) -> Self {
        let (given_name, family_name) = name.split_once(' ').unwrap_or((name, "Example"));
        Self {
            login: login.to_owned(),
            id: user_id(login),
            given_name: given_name.to_owned(),
            family_name: family_name.to_owned(),
            password: password.map(str::to_owned),
            factors: factors.iter().copied().collect(),
            state: AccountState::Active,
            must_have_second: false,
            number_challenge: false,
            wrong_passwords: 0,
            totp_secret: ids::bytes::<20>().to_vec(),
            is_adding_app: false,
            last_totp_step: -1,
            passkeys: Vec::new(),
            groups: vec!["Everyone".to_owned()],
            phone_number: "+1 555 0142".to_owned(),
            inbox: Inbox::default(),
        }
    }

    /// Whether a wrong password was counted, a code accepted or something sent.
    pub(crate) fn is_touched(&self) -> bool {
        let Inbox {
            texts,
            calls,
            emails,
            prompts,
        } = &self.inbox;
        let is_quiet = texts.is_empty() && calls.is_empty() && emails.is_empty() && prompts.is_empty();
        self.wrong_passwords > 0 || self.last_totp_step >= 0 || !is_quiet
    }

    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.given_name, self.family_name)
    }

    pub(crate) fn has(&self, factor: Factor) -> bool {
        self.factors.contains(&factor)
    }

    /// The code that the authenticator app shows now, also one that is being added.
    pub(crate) fn otp(&self, now: Millis) -> Option<String> {
        (self.has(Factor::Otp) || self.is_adding_app).then(|| self.totp().generate(seconds(now).unsigned_abs()))
    }

    /// The key of the authenticator app in Base32, as a user types it in.
    pub(crate) fn app_key(&self) -> String {
        self.totp().get_secret_base32()
    }

    /// The time step of a code: the current, the previous or the next one.
    pub(crate) fn totp_step(&self, code: &str, now: Millis) -> Option<i64> {
        let step = seconds(now).div_euclid(30);
        let totp = self.totp();
        let matches = |step: &i64| totp.generate(step.unsigned_abs() * 30) == code;
        [step, step - 1, step + 1].into_iter().find(matches)
    }

    fn totp(&self) -> TOTP {
        TOTP::new_unchecked(Algorithm::SHA1, 6, 1, 30, self.totp_secret.clone())
    }
}

/// `00uSIM` and the name, filled up to twenty characters. A name of more than 14 gets a random id.
fn user_id(login: &str) -> String {
    let name: String = login
        .chars()
        .take_while(|&c| c != '@')
        .filter(char::is_ascii_alphanumeric)
        .collect();
    let mut id = format!("00uSIM{name:0<14}");
    id.truncate(20);
    if name.len() > 14 {
        format!("00u{}", ids::alphanumeric(17))
    } else {
        id
    }
}
