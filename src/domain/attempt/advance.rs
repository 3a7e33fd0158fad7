//! The transitions from one stage to the next.

use jiff::Timestamp;
use okta_direct_auth::{CodePending, HostedPending, MfaRequired, PushPending, TokenSet, WebauthnPending};
use thiserror::Error;

use super::hosted::Hosted;
use super::refused::refused;
use super::stage::{Origin, PushStage, Stage, Unsent};
use super::{Attempt, AttemptRules, Facts};
use crate::domain::factor::Factor;
use crate::domain::ids::MaskedId;
use crate::domain::input::Login;
use crate::domain::problem::{Problem, Refusal};
use crate::domain::session::after;

/// What happened to an attempt.
#[derive(Debug, Clone)]
pub enum Event {
    /// The customer gave a name and wants to continue without a password.
    Named(Login),
    /// The customer goes back to the first form with the name kept: "sign in with a password".
    PasswordChosen,
    /// The customer chose the authenticator app.
    CodeChosen,
    /// Okta sent a code.
    Sent {
        /// Sms, voice or email.
        source: Factor,
        /// Okta's transaction.
        pending: CodePending,
    },
    /// Okta sent the push.
    Pushed(PushPending),
    /// Okta sent nothing for this name, and a browser that has proved nothing must not learn it.
    Unsent {
        /// Sms, voice, email or push.
        factor: Factor,
        /// What the page must look like.
        like: Unsent,
    },
    /// The push has not been answered yet; `None` where none was sent.
    StillPending(Option<PushPending>),
    /// Okta issued a challenge for the passkey.
    PasskeyAsked(WebauthnPending),
    /// Okta accepted a factor and wants another.
    MoreNeeded {
        /// What was accepted.
        factor: Factor,
        /// Okta's transaction, which carries its proof.
        mfa: MfaRequired,
    },
    /// Okta accepted a factor and requires no more.
    Accepted {
        /// What was accepted.
        factor: Factor,
        /// The tokens, validated.
        tokens: Box<TokenSet>,
    },
    /// Okta did not accept, or could not be asked.
    Refused {
        /// What was tried.
        factor: Factor,
        /// Okta's answer.
        refusal: Refusal,
    },
    /// The browser leaves for Okta's hosted page.
    Left(Box<HostedPending>),
    /// The browser is back from there, and Okta requires no more.
    Proven {
        /// The login that Okta names, possibly another than the one given here.
        login: Option<Login>,
        /// The tokens, validated.
        tokens: Box<TokenSet>,
    },
    /// The browser is back from there without a result, or could not leave.
    CameBack(Problem),
    /// The customer wants to choose again.
    OtherWay,
    /// The customer chose the factor that is already waiting, so nothing was sent.
    SameWay,
    /// The session was stored. Contains its id, masked for the press that led to it; `None` where no press did.
    SessionStarted(Option<MaskedId>),
}

/// An event that does not fit the stage. The attempt is handed back as it was.
#[derive(Debug, Error)]
#[error("{event} is no move of the stage {stage}")]
pub struct IllegalMove {
    pub stage: &'static str,
    pub event: &'static str,
    /// The attempt, unchanged.
    pub attempt: Box<Attempt>,
}

/// Moves an attempt to its next stage. Pure: the same arguments give the same result.
pub fn advance(attempt: Attempt, event: Event, rules: &AttemptRules, now: Timestamp) -> Result<Attempt, IllegalMove> {
    match event {
        Event::Refused { factor, refusal } => Ok(after_refusal(attempt, factor, refusal, rules, now)),
        Event::StillPending(pending) => still_pending(attempt, pending, now),
        Event::Left(_) | Event::Proven { .. } | Event::CameBack(_) => by_okta_page(attempt, event, now),
        event => {
            let Attempt { mut facts, stage } = attempt;
            let stage = next_stage(&mut facts, stage, event, rules, now)?;
            facts.problem = None;
            Ok(moved(Attempt { facts, stage }, now))
        }
    }
}

/// The stage after the customer's choice, or after Okta accepted or sent something.
fn next_stage(
    facts: &mut Facts,
    stage: Stage,
    event: Event,
    rules: &AttemptRules,
    now: Timestamp,
) -> Result<Stage, IllegalMove> {
    Ok(match (stage, event) {
        (Stage::Start, Event::Named(login)) => {
            facts.login = Some(login);
            Stage::Choose { origin: Origin::Name }
        }
        (stage, Event::PasswordChosen) if matches!(stage.origin(), Some(Origin::Name)) => Stage::Start,
        (stage, Event::CodeChosen) if stage.origin().is_some() => Stage::Otp {
            origin: origin_of(stage),
        },
        (stage, Event::Sent { source, pending }) if stage.origin().is_some() => {
            message_sent(facts, rules, now);
            sent(stage, source, pending, now)
        }
        (stage, Event::Pushed(pending)) if stage.origin().is_some() => {
            facts.pushes_at = after(now, rules.push_cooldown);
            pushed(facts, origin_of(stage), like(&pending), Some(pending), now)
        }
        (stage, Event::Unsent { factor, like }) if matches!(stage.origin(), Some(Origin::Name)) => {
            unsent(facts, factor, like, rules, now)
        }
        (stage, Event::PasskeyAsked(pending)) if stage.origin().is_some() => Stage::Passkey {
            origin: origin_of(stage),
            pending: Box::new(pending),
        },
        (stage, Event::MoreNeeded { factor, mfa }) if stage.awaits(factor) && !stage.is_unsent() => {
            facts.accepted.push(factor);
            Stage::Choose {
                origin: Origin::Mfa(Box::new(mfa)),
            }
        }
        (stage, Event::Accepted { factor, tokens }) if stage.awaits(factor) && !stage.is_unsent() => {
            facts.accepted.push(factor);
            // The customer gave up on Okta's hosted page and continues with this factor.
            facts.hosted = Hosted::Untaken;
            Stage::Approved { tokens }
        }
        (stage, Event::OtherWay) if stage.origin().is_some() => Stage::Choose {
            origin: origin_of(stage),
        },
        (stage, Event::SameWay) if stage.origin().is_some() => stage,
        (Stage::Approved { .. }, Event::SessionStarted(session)) => Stage::Finished { session },
        (stage, event) => return Err(illegal(facts.clone(), stage, &event)),
    })
}

fn after_refusal(attempt: Attempt, factor: Factor, refusal: Refusal, rules: &AttemptRules, now: Timestamp) -> Attempt {
    let (waited, problem_before) = (attempt.stage.awaits(Factor::Push), attempt.facts.problem);
    let next = refused(attempt, factor, refusal, rules, now);
    // A poll that Okta did not answer changes nothing that the waiting page shows, so its buttons stay valid.
    let is_unseen = waited && next.stage.awaits(Factor::Push) && next.facts.problem == problem_before;
    if is_unseen { next } else { moved(next, now) }
}

/// The push is still unanswered. No page shows the difference, so forms stay valid.
fn still_pending(attempt: Attempt, pending: Option<PushPending>, now: Timestamp) -> Result<Attempt, IllegalMove> {
    let Attempt { facts, stage } = attempt;
    match stage {
        Stage::Push(push) if push.over.is_none() => {
            let interval = pending.as_ref().map_or(push.interval, PushPending::interval);
            let stage = Stage::Push(Box::new(PushStage {
                pending: pending.or(push.pending),
                interval,
                next_poll: after(now, interval),
                polling_until: None,
                strikes: 0,
                ..*push
            }));
            Ok(Attempt { facts, stage })
        }
        stage => Err(illegal(facts, stage, &Event::StillPending(pending))),
    }
}

/// Leaving for Okta's hosted page, and coming back.
fn by_okta_page(attempt: Attempt, event: Event, now: Timestamp) -> Result<Attempt, IllegalMove> {
    let Attempt { mut facts, stage } = attempt;
    match event {
        // No page shows the difference, so forms stay valid: a customer who gives up there continues here.
        Event::Left(pending) if !stage.is_won() => {
            facts.hosted = Hosted::Away(pending);
            Ok(Attempt { facts, stage })
        }
        Event::Proven { login, tokens } if facts.hosted.is_away() && !stage.is_won() => {
            facts.hosted = Hosted::Proven;
            facts.login = login;
            // Factors that were accepted here before are not part of this proof.
            facts.accepted.clear();
            facts.problem = None;
            let stage = Stage::Approved { tokens };
            Ok(moved(Attempt { facts, stage }, now))
        }
        Event::CameBack(problem) if !stage.is_won() => {
            facts.hosted = Hosted::Untaken;
            facts.problem = Some(problem);
            Ok(moved(Attempt { facts, stage }, now))
        }
        event => Err(illegal(facts, stage, &event)),
    }
}

fn illegal(facts: Facts, stage: Stage, event: &Event) -> IllegalMove {
    IllegalMove {
        stage: stage.name(),
        event: event.name(),
        attempt: Box::new(Attempt { facts, stage }),
    }
}

fn moved(mut attempt: Attempt, now: Timestamp) -> Attempt {
    attempt.facts.serial = attempt.facts.serial.saturating_add(1);
    attempt.facts.changed = now;
    attempt
}

fn origin_of(stage: Stage) -> Origin {
    match stage {
        Stage::Choose { origin }
        | Stage::Otp { origin }
        | Stage::SentCode { origin, .. }
        | Stage::Passkey { origin, .. } => origin,
        Stage::Push(push) => push.origin,
        Stage::Start | Stage::Approved { .. } | Stage::Moved { .. } | Stage::Finished { .. } => Origin::Name,
    }
}

fn message_sent(facts: &mut Facts, rules: &AttemptRules, now: Timestamp) {
    facts.sends = facts.sends.saturating_add(1);
    facts.messages_at = after(now, rules.send_cooldown);
}

fn sent(stage: Stage, source: Factor, pending: CodePending, now: Timestamp) -> Stage {
    Stage::SentCode {
        origin: origin_of(stage),
        source,
        expires: after(now, pending.expires_in()),
        pending: Some(Box::new(pending)),
        is_dead: false,
    }
}

fn unsent(facts: &mut Facts, factor: Factor, like: Unsent, rules: &AttemptRules, now: Timestamp) -> Stage {
    if factor == Factor::Push {
        facts.pushes_at = after(now, rules.push_cooldown);
        return pushed(facts, Origin::Name, like, None, now);
    }
    message_sent(facts, rules, now);
    Stage::SentCode {
        origin: Origin::Name,
        source: factor,
        expires: after(now, like.expires_in),
        pending: None,
        is_dead: false,
    }
}

fn like(pending: &PushPending) -> Unsent {
    Unsent {
        expires_in: pending.expires_in(),
        interval: pending.interval(),
        number: pending.number().map(str::to_owned),
    }
}

fn pushed(facts: &Facts, origin: Origin, like: Unsent, pending: Option<PushPending>, now: Timestamp) -> Stage {
    Stage::Push(Box::new(PushStage {
        origin,
        pending,
        sent: now,
        // An approval after the attempt has expired comes too late.
        expires: after(now, like.expires_in).min(facts.expires),
        next_poll: after(now, like.interval),
        number: like.number,
        interval: like.interval,
        polling_until: None,
        strikes: 0,
        over: None,
    }))
}

impl Event {
    /// Whether the attempt becomes worth more to any browser that can open it: from now on only the browser that gets
    /// this answer may open it.
    pub fn moves_on(&self) -> bool {
        matches!(self, Self::Named(_) | Self::MoreNeeded { .. })
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Named(_) => "named",
            Self::PasswordChosen => "password_chosen",
            Self::CodeChosen => "code_chosen",
            Self::Sent { .. } => "sent",
            Self::Pushed(_) => "pushed",
            Self::Unsent { .. } => "unsent",
            Self::StillPending(_) => "still_pending",
            Self::PasskeyAsked(_) => "passkey_asked",
            Self::MoreNeeded { .. } => "more_needed",
            Self::Accepted { .. } => "accepted",
            Self::Refused { .. } => "refused",
            Self::Left(_) => "left",
            Self::Proven { .. } => "proven",
            Self::CameBack(_) => "came_back",
            Self::OtherWay => "other_way",
            Self::SameWay => "same_way",
            Self::SessionStarted(_) => "session_started",
        }
    }
}
