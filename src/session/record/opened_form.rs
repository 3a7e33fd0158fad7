//! The form in which an unposted attempt travels in its page. Names are short and defaults are left out, because every
//! page carries it.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::problem::ProblemRecord;
use crate::domain::attempt::{Attempt, Destination, Facts, Parameters, Stage};
use crate::domain::ids::Tab;
use crate::domain::input::Login;

#[derive(Serialize, Deserialize)]
pub(in crate::session) struct OpenedFormRecord {
    #[serde(rename = "t")]
    tab: String,
    #[serde(rename = "d")]
    destination: String,
    /// Milliseconds since 1970, as all times here.
    #[serde(rename = "s")]
    started: i64,
    #[serde(rename = "e")]
    expires: i64,
    #[serde(rename = "n", default, skip_serializing_if = "is_zero")]
    serial: u32,
    #[serde(rename = "l", default, skip_serializing_if = "Option::is_none")]
    login: Option<String>,
    #[serde(rename = "r", default, skip_serializing_if = "is_false")]
    remember: bool,
    #[serde(rename = "a", default, skip_serializing_if = "Vec::is_empty")]
    acr_values: Vec<String>,
    #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
    max_age_s: Option<u64>,
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    raises: Option<String>,
    #[serde(rename = "g", default, skip_serializing_if = "Option::is_none")]
    language: Option<String>,
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    problem: Option<ProblemRecord>,
    /// Missing where it is the start.
    #[serde(rename = "ma", default, skip_serializing_if = "Option::is_none")]
    messages_at: Option<i64>,
    #[serde(rename = "pa", default, skip_serializing_if = "Option::is_none")]
    pushes_at: Option<i64>,
}

impl OpenedFormRecord {
    /// `None` for an attempt past its first form, which only a store may keep.
    pub(in crate::session) fn of(tab: &Tab, attempt: &Attempt) -> Option<Self> {
        // Destructured, so that an added fact does not compile until it is handled here.
        let Facts {
            destination,
            login,
            remember,
            parameters,
            started,
            expires,
            serial,
            messages_at,
            pushes_at,
            problem,
            // Set by the first post, or only later.
            network: _,
            changed: _,
            pressed: _,
            busy_until: _,
            hosted: _,
            accepted: _,
            not_set_up: _,
            wrong_codes: _,
            sends: _,
        } = &attempt.facts;
        let Parameters {
            acr_values,
            max_age,
            raises,
            language,
        } = parameters.get();
        let later = |at: Timestamp| (at > *started).then(|| at.as_millisecond());
        matches!(attempt.stage, Stage::Start).then(|| Self {
            tab: tab.as_str().to_owned(),
            destination: destination.0.clone(),
            started: started.as_millisecond(),
            expires: expires.as_millisecond(),
            serial: *serial,
            login: login.as_ref().map(|login| login.as_str().to_owned()),
            remember: *remember,
            acr_values: acr_values.clone(),
            max_age_s: max_age.map(|age| age.as_secs()),
            raises: raises.clone(),
            language: language.clone(),
            problem: problem.map(ProblemRecord),
            messages_at: later(*messages_at),
            pushes_at: later(*pushes_at),
        })
    }

    /// The attempt as it was; `None` when it contains an invalid value.
    pub(in crate::session) fn restore(self) -> Option<(Tab, Attempt)> {
        let time = |ms| Timestamp::from_millisecond(ms).ok();
        let tab = Tab::parse(&self.tab)?;
        let parameters = Parameters {
            acr_values: self.acr_values,
            max_age: self.max_age_s.map(Duration::from_secs),
            raises: self.raises,
            language: self.language,
        };
        let (started, expires) = (time(self.started)?, time(self.expires)?);
        let mut attempt = Attempt::until(Destination(self.destination), parameters, started, expires);
        let facts = &mut attempt.facts;
        facts.serial = self.serial;
        facts.login = match self.login {
            Some(login) => Some(Login::parse(&login).ok()?),
            None => None,
        };
        facts.remember = self.remember;
        facts.problem = self.problem.map(|problem| problem.0);
        if let Some(at) = self.messages_at {
            facts.messages_at = time(at)?;
        }
        if let Some(at) = self.pushes_at {
            facts.pushes_at = time(at)?;
        }
        Some((tab, attempt))
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_false(is: &bool) -> bool {
    !is
}
