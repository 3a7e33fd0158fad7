//! What one phone shows, as data.

use serde::{Deserialize, Serialize};

use crate::{
    account::Message,
    clock::{Millis, timestamp},
    state::State,
    transactions::{OobState, OobTransaction, Prompt, PromptState},
    world::World,
};

/// The whole phone; its JSON form is the contract of `GET /phone/{login}.json`.
#[derive(Debug, Clone, Serialize)]
pub struct Screen {
    pub login: String,
    /// None without an authenticator app.
    pub otp: Option<String>,
    pub texts: Vec<Message>,
    pub calls: Vec<Message>,
    pub emails: Vec<Message>,
    pub prompts: Vec<PromptView>,
}

/// One Okta Verify prompt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PromptView {
    pub id: String,
    pub state: PromptState,
    /// Three numbers to choose from; empty for a plain approve or deny.
    pub numbers: Vec<String>,
    /// RFC 3339, by the simulator's clock.
    pub at: String,
}

/// How a user answers a prompt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Answer {
    Approve,
    Deny,
    Number { number: String },
}

impl Screen {
    pub(crate) fn of(world: &World, login: &str) -> Option<Self> {
        let now = world.now();
        let mut state = world.lock();
        let account = state.account(login)?;
        let screen = Self {
            login: account.login.clone(),
            otp: account.otp(now),
            texts: account.inbox.texts.iter().cloned().collect(),
            calls: account.inbox.calls.iter().cloned().collect(),
            emails: account.inbox.emails.iter().cloned().collect(),
            prompts: account
                .inbox
                .prompts
                .iter()
                .filter_map(|id| view(&state, id, now))
                .collect(),
        };
        if let Some(otp) = &screen.otp {
            state.secret(otp);
        }
        Some(screen)
    }
}

fn view(state: &State, id: &str, now: Millis) -> Option<PromptView> {
    let transaction = state.oob.get(state.prompts.get(id)?)?;
    let prompt = transaction.prompt.as_ref()?;
    Some(PromptView {
        id: prompt.id.clone(),
        state: state_of(prompt, transaction, now),
        numbers: prompt.numbers.clone(),
        at: timestamp(prompt.at).to_string(),
    })
}

/// A prompt is pending only while an answer would still count.
pub(crate) fn state_of(prompt: &Prompt, transaction: &OobTransaction, now: Millis) -> PromptState {
    match prompt.state {
        PromptState::Pending if now >= transaction.expires => PromptState::Expired,
        PromptState::Pending if transaction.state == OobState::Dead => PromptState::Replaced,
        state => state,
    }
}
