//! What the org keeps for browsers: sign-ins on its hosted page, the resulting sessions, and authorization codes.

use crate::{clock::Millis, grants_issued::Grant, policy::Proof, transactions::Table};

#[derive(Debug, Default)]
pub(crate) struct Browsers {
    /// By the value of the cookie `sid`.
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

/// A user's session with the org, in one browser.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) login: String,
    pub(crate) shown: Vec<Proof>,
    /// When something was last proved, in seconds since 1970.
    pub(crate) auth_time: i64,
    pub(crate) expires: Millis,
}

/// How the authorization response is returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ResponseMode {
    Query,
    Fragment,
    FormPost,
}

/// Where and how the authorization response is returned.
#[derive(Debug, Clone)]
pub(crate) struct Return {
    /// One that is registered for the client.
    pub(crate) redirect_uri: String,
    pub(crate) mode: ResponseMode,
    pub(crate) state: Option<String>,
}

/// An authorization request that passed every check.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) client: String,
    pub(crate) server: Option<String>,
    pub(crate) back: Return,
    pub(crate) scope: String,
    pub(crate) nonce: Option<String>,
    /// The challenge of PKCE; its method is S256.
    pub(crate) challenge: Option<String>,
    /// The first known one of `acr_values`.
    pub(crate) acr: Option<&'static str>,
    pub(crate) login_hint: Option<String>,
    pub(crate) may_prompt: bool,
    /// No session is enough, however fresh.
    pub(crate) must_prompt: bool,
    /// A session older than this, in seconds, is not enough; with 0, none is.
    pub(crate) max_age: Option<i64>,
}

/// One sign-in on the hosted page.
#[derive(Debug, Clone)]
pub(crate) struct SignIn {
    pub(crate) asked: Asked,
    pub(crate) expires: Millis,
    /// The username as typed, in lower case; `shown` has what was proved for it.
    pub(crate) login: String,
    pub(crate) shown: Vec<Proof>,
    pub(crate) step: Step,
    /// The page's message about the last form.
    pub(crate) note: Option<String>,
}

/// What the page asks for next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    Identify,
    /// The password was right but has expired.
    NewPassword,
    ChooseFactor,
    AppCode,
    OutOfBand {
        oob_code: String,
    },
    /// A second factor is needed and none is enrolled: the user adds an authenticator app.
    AddApp,
}

/// Kept after its use, so that a second use is recognised.
#[derive(Debug, Clone)]
pub(crate) struct AuthorizationCode {
    pub(crate) grant: Grant,
    pub(crate) redirect_uri: String,
    pub(crate) challenge: Option<String>,
    pub(crate) expires: Millis,
    pub(crate) is_used: bool,
}
