//! The ways a customer can prove who they are.

use std::fmt;

/// One way to sign in or to confirm a sign-in. The names are the values of the form field `factor`, of the settings and
/// of the metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Factor {
    /// The password that Okta holds or delegates.
    Password,
    /// A code from an authenticator app.
    Otp,
    /// A code by text message.
    Sms,
    /// A code read out in a phone call.
    Voice,
    /// A code by email.
    Email,
    /// A request in Okta Verify on the phone.
    Push,
    /// A passkey or security key.
    Passkey,
}

impl Factor {
    /// Every factor, the most secure first.
    pub const ALL: [Self; 7] = [
        Self::Passkey,
        Self::Push,
        Self::Otp,
        Self::Email,
        Self::Sms,
        Self::Voice,
        Self::Password,
    ];

    /// The name used on the wire, in settings and in metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Otp => "otp",
            Self::Sms => "sms",
            Self::Voice => "voice",
            Self::Email => "email",
            Self::Push => "push",
            Self::Passkey => "passkey",
        }
    }

    /// The factor with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|factor| factor.name() == name)
    }
}

impl fmt::Display for Factor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Which factors may begin a sign-in and which may confirm it, in the order in which they are shown.
#[derive(Debug, Clone)]
pub struct Ways {
    /// Factors that may come first.
    pub first: Vec<Factor>,
    /// Factors that may confirm a first one.
    pub second: Vec<Factor>,
}

impl Ways {
    /// Whether name and password stand together on the first page.
    pub fn password_first(&self) -> bool {
        self.first.contains(&Factor::Password)
    }

    /// The first factors other than the password.
    pub fn without_password(&self) -> Vec<Factor> {
        self.first
            .iter()
            .copied()
            .filter(|factor| *factor != Factor::Password)
            .collect()
    }
}
