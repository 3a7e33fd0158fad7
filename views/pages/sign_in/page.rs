//! What the first page shows.

use crate::{Chrome, Factor};

/// The form for name and password. Posts `username`, `password` to [`crate::paths::SIGN_IN`].
#[derive(Clone, Copy, Debug)]
pub struct SignInPage<'a> {
    /// The frame.
    pub chrome: &'a Chrome<'a>,
    /// Which fields are shown.
    pub mode: SignInMode,
    /// The name to fill in: typed before, or hinted by the portal. Empty if there is none.
    pub username: &'a str,
    /// The factors that "Sign in without a password" leads to (posts `username` to [`crate::paths::FACTOR`]); no button
    /// if there are none.
    pub passwordless: &'a [Factor],
    /// "Keep me signed in"; none if that is not offered.
    pub remember: Option<Remember>,
    /// Whether to link to Okta's hosted page.
    pub is_hosted_offered: bool,
    /// What went wrong, if this answers a post.
    pub problem: Option<SignInProblem>,
    /// What to know before starting, when nothing went wrong.
    pub notice: Option<SignInNotice<'a>>,
}

/// Which fields the first page shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInMode {
    /// Name and password on one form.
    PasswordFirst,
    /// The name alone; the factors come next.
    NameFirst,
}

/// "Keep me signed in".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Remember {
    /// Whether it was ticked before.
    pub is_ticked: bool,
    /// For how many seconds at most.
    pub seconds: u64,
}

/// Why the form came back. Durations in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInProblem {
    /// Wrong password, unknown name or locked account: an attacker must see no difference.
    Mismatch,
    /// One or both fields were empty or too long.
    Fields {
        /// What is wrong with the name.
        username: Option<FieldProblem>,
        /// What is wrong with the password.
        password: Option<FieldProblem>,
    },
    /// Too many tries.
    Wait {
        /// Until the next try counts.
        seconds: u32,
    },
    /// So many wrong tries that waiting does not help.
    Closed,
    /// The form's tokens or its attempt have expired.
    OpenTooLong,
    /// The form came without the cookie that was set with it.
    CookieNotKept,
    /// Okta is slow, rate-limits us or is down.
    NotAnswering {
        /// When to try again, if known.
        retry_seconds: Option<u32>,
    },
}

/// What is wrong with one field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldProblem {
    /// Nothing was typed.
    Empty,
    /// Longer than is ever accepted.
    TooLong,
}

/// What to know before starting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInNotice<'a> {
    /// The attempt that was open is gone; the destination is kept.
    StartedAgain {
        /// The destination's name or host, for display.
        destination: Option<&'a str>,
    },
    /// The session ended by itself.
    SessionEnded,
    /// The customer is signed in, but the destination requires more.
    MoreNeeded,
    /// The same, and another user has just signed in.
    SomebodyElse,
}
