//! Answers an Okta Verify prompt.

use crate::{
    accounts::full_login,
    error::Error,
    phone::{Answer, json_view::state_of},
    switches::{Switches, WrongNumber},
    transactions::{OobState, Prompt, PromptState},
    world::World,
};

pub(super) fn answer(world: &World, login: &str, id: &str, given: &Answer) -> Result<(), Error> {
    let now = world.now();
    let login = full_login(login);
    let mut state = world.lock();
    let switches = state.switches.clone();
    let code = state.prompts.get(id).cloned().ok_or(Error::NoSuchPrompt)?;
    let transaction = state.oob.get_mut(&code).ok_or(Error::NoSuchPrompt)?;
    if transaction.login.as_ref() != Some(&login) {
        return Err(Error::NoSuchPrompt);
    }
    let prompt = transaction.prompt.clone().ok_or(Error::NoSuchPrompt)?;
    if state_of(&prompt, transaction, now) != PromptState::Pending {
        return Err(Error::PromptIsOver);
    }
    let (prompt_state, state_now) = outcome(&prompt, given, &switches);
    transaction.prompt = Some(Prompt {
        state: prompt_state,
        ..prompt
    });
    transaction.state = state_now;
    drop(state);
    world.changed(&login);
    Ok(())
}

fn outcome(prompt: &Prompt, given: &Answer, switches: &Switches) -> (PromptState, OobState) {
    let is_right = match given {
        Answer::Deny => return (PromptState::Denied, OobState::Rejected),
        // A number challenge cannot be approved without its number.
        Answer::Approve => prompt.right_number.is_none(),
        Answer::Number { number } => prompt.right_number.as_ref() == Some(number),
    };
    match (is_right, switches.wrong_number) {
        (true, _) => (PromptState::Approved, OobState::Approved),
        (false, WrongNumber::Rejects) => (PromptState::Denied, OobState::Rejected),
        (false, WrongNumber::StaysPending) => (PromptState::Pending, OobState::Pending),
    }
}
