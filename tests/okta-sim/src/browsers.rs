//! What the org keeps for browsers: sign-ins on its own page, the sessions that come of them, and codes on their way to
//! an application.

use crate::{clock::Millis, grants_issued::Grant, policy::Proof, transactions::Table};

#[derive(Debug, Default)]
pub(crate) struct Browsers {
    /// By the value of the cookie.
    pub(crate) sessions: Table<Session>,
    /// By `state_token`.
    pub(crate) sign_ins: Table<SignIn>,
    pub(crate) codes: Table<AuthorizationCode>,
}

impl Browsers {
    /// Ends every session of an account.
    pub(crate) fn end_all(&mut self, login: &str) {
        for session in self.sessions.values_mut() {
            if session.login == login {
                session.expires = Millis::MIN;
            }
        }
    }
}

/// Somebody who is signed in at the org, in one browser.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) login: String,
    pub(crate) shown: Vec<Proof>,
    /// In seconds: when something was proved for the last time.
    pub(crate) auth_time: i64,
    pub(crate) expires: Millis,
}

/// How an application wants to be told what came of its request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ResponseMode {
    Query,
    Fragment,
    FormPost,
}

/// Where the answer to a request for authorization goes.
#[derive(Debug, Clone)]
pub(crate) struct Return {
    /// One of those registered.
    pub(crate) redirect_uri: String,
    pub(crate) mode: ResponseMode,
    pub(crate) state: Option<String>,
}

/// A request for authorization that passed every check.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) client: String,
    pub(crate) server: Option<String>,
    pub(crate) back: Return,
    pub(crate) scope: String,
    pub(crate) nonce: Option<String>,
    /// Of PKCE; the method is S256.
    pub(crate) challenge: Option<String>,
    /// The first of `acr_values` that means something here.
    pub(crate) acr: Option<&'static str>,
    pub(crate) login_hint: Option<String>,
    pub(crate) may_prompt: bool,
    /// Sessions are not enough, however fresh.
    pub(crate) must_prompt: bool,
    /// Sessions older than this, in seconds, are not enough.
    pub(crate) max_age: Option<i64>,
}

/// One sign-in on the org's page.
#[derive(Debug, Clone)]
pub(crate) struct SignIn {
    pub(crate) asked: Asked,
    pub(crate) expires: Millis,
    /// The name that was typed, in lower case; whose it is shows with what was proved.
    pub(crate) login: String,
    pub(crate) shown: Vec<Proof>,
    pub(crate) step: Step,
    /// What the page has to say about the last try.
    pub(crate) note: Option<String>,
}

/// What the page asks for next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    Identify,
    /// The password was right and is too old.
    NewPassword,
    ChooseFactor,
    AppCode,
    OutOfBand {
        oob_code: String,
    },
    /// A second factor is needed and there is none: an authenticator app is added.
    AddApp,
}

/// Issued, and waiting to be exchanged.
#[derive(Debug, Clone)]
pub(crate) struct AuthorizationCode {
    pub(crate) grant: Grant,
    pub(crate) redirect_uri: String,
    pub(crate) challenge: Option<String>,
    pub(crate) expires: Millis,
    pub(crate) is_used: bool,
}
