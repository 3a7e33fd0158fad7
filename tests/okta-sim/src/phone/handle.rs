//! The phone as a value, for tests in the same process.

use std::sync::Arc;

use crate::{
    account::Message,
    accounts::full_login,
    error::Error,
    phone::{Answer, PromptView, Screen, prompts::answer},
    transactions::PromptState,
    world::World,
};

/// The phone of one account: what it shows, and how a test answers its prompts.
#[derive(Debug, Clone)]
pub struct Phone {
    world: Arc<World>,
    login: String,
}

impl Phone {
    pub(crate) fn new(world: Arc<World>, login: &str) -> Self {
        Self {
            world,
            login: full_login(login),
        }
    }

    pub fn login(&self) -> &str {
        &self.login
    }

    /// The code that the authenticator app shows; none without an app.
    pub fn otp(&self) -> Option<String> {
        self.screen().and_then(|screen| screen.otp)
    }

    /// Text messages, newest first.
    pub fn texts(&self) -> Vec<Message> {
        self.screen().map(|screen| screen.texts).unwrap_or_default()
    }

    /// Calls as they were read out, newest first.
    pub fn calls(&self) -> Vec<Message> {
        self.screen().map(|screen| screen.calls).unwrap_or_default()
    }

    /// Emails, newest first.
    pub fn emails(&self) -> Vec<Message> {
        self.screen().map(|screen| screen.emails).unwrap_or_default()
    }

    /// Okta Verify prompts, newest first.
    pub fn prompts(&self) -> Vec<PromptView> {
        self.screen().map(|screen| screen.prompts).unwrap_or_default()
    }

    /// The newest prompt that waits for an answer.
    pub fn pending(&self) -> Option<PromptView> {
        self.prompts()
            .into_iter()
            .find(|prompt| prompt.state == PromptState::Pending)
    }

    pub fn approve(&self, id: &str) -> Result<(), Error> {
        self.answer(id, &Answer::Approve)
    }

    pub fn deny(&self, id: &str) -> Result<(), Error> {
        self.answer(id, &Answer::Deny)
    }

    /// Taps one of the three numbers.
    pub fn tap(&self, id: &str, number: &str) -> Result<(), Error> {
        self.answer(
            id,
            &Answer::Number {
                number: number.to_owned(),
            },
        )
    }

    fn answer(&self, id: &str, given: &Answer) -> Result<(), Error> {
        answer(&self.world, &self.login, id, given)
    }

    fn screen(&self) -> Option<Screen> {
        Screen::of(&self.world, &self.login)
    }
}
