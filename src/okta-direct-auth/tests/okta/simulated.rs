//! Every flow against a simulated org, which complains about anything that no correct client does.

mod dpop;
mod first;
mod hosted;
mod passkeys;
mod saved;
mod second;
mod sessions;
mod trouble;

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use okta_direct_auth::{
    Challenge, Channel, Client, Clock, Code, CodePending, Config, Context, Device, Grant, MfaRequired, Password, Poll,
    PushPending, Step, TokenSet,
};
use okta_sim::{PASSWORD, Settings, Simulator};

/// An org, and a client that uses the org's clock.
struct Org {
    sim: Arc<Simulator>,
    config: Config,
    client: Client,
}

struct OrgClock(Arc<Simulator>);

impl Clock for OrgClock {
    fn now(&self) -> SystemTime {
        self.0.now().into()
    }
}

/// The org's clock, off by this many seconds.
struct OffClock(Arc<Simulator>, i64);

impl Clock for OffClock {
    fn now(&self) -> SystemTime {
        let off = Duration::from_secs(self.1.unsigned_abs());
        let right = SystemTime::from(self.0.now());
        if self.1 < 0 { right - off } else { right + off }
    }
}

impl Org {
    async fn new(client_id: &str) -> Self {
        Self::with(client_id, Settings::default(), |_| ()).await
    }

    async fn with(client_id: &str, settings: Settings, change: impl FnOnce(&mut Config)) -> Self {
        let sim = Arc::new(Simulator::start(settings).await.unwrap());
        let mut config = Config::new(sim.url(), client_id);
        config.allow_http_loopback = true;
        config.second_factors = vec![Grant::MfaOtp, Grant::MfaOob, Grant::MfaWebauthn];
        config.org_knows_webauthn = true;
        change(&mut config);
        let client = client(&config, &sim);
        Self { sim, config, client }
    }

    /// The same org with a new client that has nothing cached.
    fn restarted(self) -> Self {
        let client = client(&self.config, &self.sim);
        Self { client, ..self }
    }

    async fn password(&self, login: &str) -> Step {
        let login = full(login);
        self.client
            .password(&login, &Password::new(PASSWORD), &Context::default())
            .await
            .unwrap()
    }

    /// After the password, before the second factor.
    async fn mfa(&self, login: &str) -> MfaRequired {
        match self.password(login).await {
            Step::MfaRequired(mfa) => mfa,
            step @ Step::SignedIn(_) => panic!("{step:?}"),
        }
    }

    fn otp(&self, login: &str) -> Code {
        Code::new(self.sim.phone(login).otp().unwrap())
    }

    /// The newest code that was sent.
    fn code(&self, login: &str, channel: Channel) -> Code {
        let phone = self.sim.phone(login);
        let messages = match channel {
            Channel::Sms => phone.texts(),
            Channel::Voice => phone.calls(),
            Channel::Email => phone.emails(),
            Channel::Push => Vec::new(),
        };
        Code::new(messages[0].code.clone())
    }

    /// One poll, when it is due.
    async fn look(&self, push: PushPending) -> Poll {
        self.sim.advance(push.interval());
        push.poll(&self.client, &device()).await.unwrap()
    }

    /// Taps the right number, or just approves.
    fn approve(&self, login: &str, push: &PushPending) {
        let phone = self.sim.phone(login);
        let prompt = phone.pending().unwrap();
        match push.number() {
            Some(number) => phone.tap(&prompt.id, number).unwrap(),
            None => phone.approve(&prompt.id).unwrap(),
        }
    }
}

fn client(config: &Config, sim: &Arc<Simulator>) -> Client {
    let client = Client::new(config.clone()).unwrap();
    client.with_clock(Arc::new(OrgClock(Arc::clone(sim))))
}

fn full(login: &str) -> String {
    format!("{login}@example.com")
}

fn device() -> Device {
    Device::default()
}

#[track_caller]
fn signed_in(step: Step) -> TokenSet {
    match step {
        Step::SignedIn(tokens) => *tokens,
        Step::MfaRequired(_) => panic!("another factor is wanted"),
    }
}

#[track_caller]
fn finished(poll: Poll) -> TokenSet {
    match poll {
        Poll::Finished(step) => signed_in(step),
        Poll::Pending(_) => panic!("still pending"),
    }
}

#[track_caller]
fn pending(poll: Poll) -> PushPending {
    match poll {
        Poll::Pending(push) => push,
        Poll::Finished(_) => panic!("finished"),
    }
}

#[track_caller]
fn push(challenge: Challenge) -> PushPending {
    match challenge {
        Challenge::Push(push) => push,
        Challenge::Code(_) => panic!("a code was sent"),
    }
}

#[track_caller]
fn sent(challenge: Challenge) -> CodePending {
    match challenge {
        Challenge::Code(code) => code,
        Challenge::Push(_) => panic!("a prompt was sent"),
    }
}

const FIVE_MINUTES: Duration = Duration::from_mins(5);
