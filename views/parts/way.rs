//! The factors, as a customer can choose them.

use super::icon::Icon;
use crate::copy::WayWords;

/// A factor, as the form field `factor` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Factor {
    /// A passkey or security key.
    Passkey,
    /// A request on the phone.
    Push,
    /// A code from an authenticator app.
    Otp,
    /// A code by email.
    Email,
    /// The password.
    Password,
    /// A code by text message.
    Sms,
    /// A code read out in a call.
    Voice,
}

impl Factor {
    /// Every factor, strongest first: the order in which they are offered.
    pub const ALL: [Self; 7] = [
        Self::Passkey,
        Self::Push,
        Self::Otp,
        Self::Email,
        Self::Password,
        Self::Sms,
        Self::Voice,
    ];

    /// The value of the form field.
    pub const fn value(self) -> &'static str {
        match self {
            Self::Passkey => "passkey",
            Self::Push => "push",
            Self::Otp => "otp",
            Self::Email => "email",
            Self::Password => "password",
            Self::Sms => "sms",
            Self::Voice => "voice",
        }
    }

    pub(crate) const fn icon(self) -> Icon {
        match self {
            Self::Passkey => Icon::Passkey,
            Self::Push => Icon::Phone,
            Self::Otp => Icon::App,
            Self::Email => Icon::Mail,
            Self::Password => Icon::Lock,
            Self::Sms => Icon::Text,
            Self::Voice => Icon::Call,
        }
    }

    pub(crate) const fn name(self, words: &WayWords) -> &'static str {
        match self {
            Self::Passkey => words.passkey,
            Self::Push => words.push,
            Self::Otp => words.otp,
            Self::Email => words.email,
            Self::Password => words.password,
            Self::Sms => words.sms,
            Self::Voice => words.voice,
        }
    }

    /// Whether it needs script in the browser: without script it is not offered (SEC-707).
    pub(crate) const fn needs_script(self) -> bool {
        matches!(self, Self::Passkey)
    }

    /// Whether taking over a phone number takes over this factor too.
    pub const fn is_risky(self) -> bool {
        matches!(self, Self::Sms | Self::Voice)
    }
}

/// One row to choose from.
#[derive(Clone, Copy, Debug)]
pub struct Way<'a> {
    /// Which factor it is.
    pub factor: Factor,
    /// Where it goes, masked by the server: "••• 42", "r•••@example.com"; or the device. The words around it come from
    /// here.
    pub hint: Option<&'a str>,
    /// Whether it was used the last time.
    pub is_last_used: bool,
}

impl Way<'_> {
    pub(crate) fn hint(&self, words: &WayWords) -> String {
        match (self.factor, self.hint) {
            (Factor::Email, hint) => (words.email_hint)(hint),
            (Factor::Sms, hint) => (words.sms_hint)(hint),
            (Factor::Voice, hint) => (words.voice_hint)(hint),
            (Factor::Passkey | Factor::Push | Factor::Otp, Some(device)) => (words.on_device)(device),
            (Factor::Passkey, None) => words.passkey_hint.to_owned(),
            (Factor::Push, None) => words.push_hint.to_owned(),
            (Factor::Otp, None) => words.otp_hint.to_owned(),
            (Factor::Password, _) => words.password_hint.to_owned(),
        }
    }
}
