//! The simulator inside a test: start it, tell it how to behave, ask it what happened.

use std::{net::TcpListener, sync::Arc, thread, time::Duration};

use actix_web::dev::ServerHandle;
use jiff::Timestamp;
use url::Url;

use crate::{
    account::Account,
    accounts::rank,
    clock::timestamp,
    error::Error,
    fault::{Endpoint, Fault},
    log::RecordedRequest,
    misuse::{Misuse, Unexpected},
    phone::Phone,
    server,
    settings::Settings,
    switches::Switches,
    universal_logout::{LogoutAnswer, LogoutOrder, SubjectFormat, UniversalLogout},
    world::World,
};

/// An org on a port. Dropping it stops it; if strict, it panics when it saw a request that a correct client never
/// sends (see [`Misuse`]) or missed an expected one.
#[derive(Debug)]
pub struct Simulator {
    world: Arc<World>,
    server: ServerHandle,
    url: Url,
    port: u16,
}

impl Simulator {
    /// Binds, and serves on threads of its own: the caller may use any async runtime.
    pub async fn start(settings: Settings) -> Result<Self, Error> {
        let listener = TcpListener::bind(settings.listen).map_err(Error::Bind)?;
        let port = listener.local_addr().map_err(Error::Bind)?.port();
        let world = Arc::new(World::new(settings, port)?);
        let url = Url::parse(&world.base).map_err(Error::BaseUrl)?;
        let (ready, started) = tokio::sync::oneshot::channel();
        let shared = Arc::clone(&world);
        thread::Builder::new()
            .name("okta-sim".to_owned())
            .spawn(move || server::run(listener, shared, ready))
            .map_err(Error::Serve)?;
        let server = started.await.map_err(|_| Error::Gone)?.map_err(Error::Serve)?;
        Ok(Self {
            world,
            server,
            url,
            port,
        })
    }

    /// The org's base URL. It ends with a slash, unlike [`Self::issuer`].
    pub fn url(&self) -> Url {
        self.url.clone()
    }

    /// The issuer exactly as tokens name it: no trailing slash.
    pub fn issuer(&self) -> String {
        self.world.issuer(None)
    }

    /// The issuer of a custom authorization server: `default` or [`crate::CUSTOM_SERVER`].
    pub fn custom_issuer(&self, server: &str) -> String {
        self.world.issuer(Some(server))
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Moves the simulator's clock forward.
    pub fn advance(&self, by: Duration) {
        self.world.advance(by);
    }

    pub fn now(&self) -> Timestamp {
        timestamp(self.world.now())
    }

    /// The phone of an account: `push` is short for `push@example.com`.
    pub fn phone(&self, login: &str) -> Phone {
        Phone::new(Arc::clone(&self.world), login)
    }

    /// The logins of all accounts, the simple ones first.
    pub fn logins(&self) -> Vec<String> {
        let mut logins: Vec<String> = self.world.lock().accounts.keys().cloned().collect();
        logins.sort_by(|a, b| rank(a).cmp(&rank(b)).then_with(|| a.cmp(b)));
        logins
    }

    /// The requests in the log, oldest first.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.world.lock().log.all()
    }

    /// How many requests an endpoint has received; counts even with the log off.
    pub fn count(&self, endpoint: Endpoint) -> u64 {
        self.world.lock().log.counted(endpoint)
    }

    /// The accounts that are not as at the start of the org or of the last reset: something was counted against them,
    /// sent to them or changed by a request.
    pub fn touched_accounts(&self) -> Vec<String> {
        let state = self.world.lock();
        let is_touched =
            |(login, account): &(&String, &Account)| account.is_touched() || state.counters.has_counted(login);
        let touched = state.accounts.iter().filter(is_touched);
        touched.map(|(login, _)| login.clone()).collect()
    }

    pub fn faults(&self) -> Faults<'_> {
        Faults(&self.world)
    }

    /// Resets accounts, tokens, browser sessions, counters, the log, switches, limits, keys and faults. The clock, the
    /// clients' registrations and the address for Universal Logout stay.
    pub fn reset(&self) -> Result<(), Error> {
        self.world.reset()
    }

    /// Allows requests of this kind as part of the test, before or after they come.
    pub fn allow_unexpected(&self, misuse: Misuse) {
        self.world.allow(misuse);
    }

    /// Requests so far that a correct client never sends and that are not allowed.
    pub fn unexpected(&self) -> Vec<Unexpected> {
        self.world.lock().expectations.unexpected()
    }

    /// On drop, `endpoint` must have received at least this many requests.
    pub fn expect(&self, endpoint: Endpoint, at_least: u64) {
        self.world.lock().expectations.want(endpoint, at_least);
    }

    /// Changes switches: `simulator.set_switch(|on| on.slow_down_on_fast_polls = true)`.
    pub fn set_switch(&self, change: impl FnOnce(&mut Switches)) {
        self.world.set(change);
    }

    /// Changes rate limits; zero turns one off.
    pub fn set_limits(&self, change: impl FnOnce(&mut crate::Limits)) {
        change(&mut self.world.lock().limits);
    }

    /// Signs with a new key from now on. The old one stays published unless `withdraw`.
    pub fn rotate_keys(&self, withdraw: bool) -> Result<(), Error> {
        self.world.rotate_keys(withdraw)
    }

    /// Changes or adds an account; see [`crate::AccountPatch`].
    pub fn set_account(&self, login: &str, patch: crate::AccountPatch) {
        patch.apply(&mut self.world.lock(), login);
        self.world.changed(&crate::accounts::full_login(login));
    }

    /// Changes a client's registration; see [`crate::ClientPatch`].
    pub fn set_client(&self, id: &str, patch: crate::ClientPatch) -> Result<(), Error> {
        self.world.register(id, patch)
    }

    /// As an administrator: ends an account's sessions at the org, and revokes its tokens.
    pub fn revoke_tokens(&self, login: &str) {
        let login = crate::accounts::full_login(login);
        let mut state = self.world.lock();
        state.issued.revoke_account(&login);
        state.browsers.end_all(&login);
    }

    /// Registers the application's endpoint for Universal Logout.
    pub fn register_universal_logout(&self, target: UniversalLogout) {
        self.world.lock().universal_logout = Some(target);
    }

    /// An order to end every session of an account, signed and not yet sent.
    pub fn logout_order(&self, login: &str, format: SubjectFormat) -> Result<LogoutOrder, Error> {
        LogoutOrder::new(&self.world, login, format)
    }

    /// As an administrator: ends every session of an account by a logout order to the application. Tokens stay valid
    /// until it revokes them.
    pub async fn end_sessions(&self, login: &str, format: SubjectFormat) -> Result<LogoutAnswer, Error> {
        self.logout_order(login, format)?.send().await
    }

    /// The newest 200,000 tokens, codes and other secrets issued, for tests that search logs for them.
    pub fn secrets_issued(&self) -> Vec<String> {
        self.world.lock().secrets()
    }

    /// Stops the server and waits for it; then checks as on drop.
    pub async fn stop(self) {
        self.server.stop(false).await;
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        // The call itself orders the stop; the future only waits for the end.
        drop(self.server.stop(false));
        if thread::panicking() || !self.world.settings.strict {
            return;
        }
        let state = self.world.lock();
        let complaints = state.expectations.complaints(|endpoint| state.log.counted(endpoint));
        drop(state);
        if !complaints.is_empty() {
            fail(&complaints);
        }
    }
}

#[expect(
    clippy::panic,
    reason = "the only way for a dropped value to fail the test that owns it"
)]
fn fail(complaints: &[String]) {
    panic!(
        "the simulator saw what a correct client never does:\n{}",
        complaints.join("\n")
    );
}

#[derive(Debug)]
pub struct Faults<'a>(&'a World);

impl Faults<'_> {
    pub fn push(&self, fault: Fault) {
        self.0.lock().faults.push(fault);
    }

    pub fn clear(&self) {
        self.0.lock().faults.clear();
    }

    /// Faults whose request has not come yet.
    pub fn waiting(&self) -> Vec<Fault> {
        self.0.lock().faults.waiting()
    }
}
