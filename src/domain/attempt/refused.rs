//! The effect of a refusal: every resulting stage has a way to continue.

use std::time::Duration;

use jiff::Timestamp;

use super::stage::{Origin, PushStage, Stage};
use super::{Attempt, AttemptRules, Facts};
use crate::domain::factor::Factor;
use crate::domain::problem::{Problem, Refusal};
use crate::domain::session::after;
use crate::domain::step::PushEnd;

/// How many polls in a row may go unanswered before the customer is told.
const STRIKES: u8 = 3;

/// Applies a refusal of `factor`.
pub(super) fn refused(
    attempt: Attempt,
    factor: Factor,
    refusal: Refusal,
    rules: &AttemptRules,
    now: Timestamp,
) -> Attempt {
    let Attempt { mut facts, stage } = attempt;
    let stage = match (stage, refusal) {
        // A session exists or is about to: no later event can take it back.
        (stage @ (Stage::Approved { .. } | Stage::Moved { .. } | Stage::Finished { .. }), _) => {
            return Attempt { facts, stage };
        }
        (_, Refusal::FlowExpired) => restart(&mut facts, Problem::StartAgain),
        (Stage::Push(push), refusal) => refused_push(&mut facts, *push, refusal, rules, now),
        (stage, Refusal::WrongCode) => wrong_code(&mut facts, stage, rules),
        (
            Stage::SentCode {
                origin,
                source,
                pending,
                expires,
                ..
            },
            Refusal::ChallengeExpired,
        ) if source == factor => {
            facts.problem = Some(Problem::CodeExpired);
            facts.messages_at = facts.messages_at.min(now);
            Stage::SentCode {
                origin,
                source,
                pending,
                expires,
                is_dead: true,
            }
        }
        (Stage::Passkey { origin, .. }, Refusal::PasskeyRefused | Refusal::ChallengeExpired | Refusal::NotSetUp)
            if factor == Factor::Passkey =>
        {
            facts.problem = Some(Problem::PasskeyRefused);
            Stage::Choose { origin }
        }
        (stage, refusal @ (Refusal::NotSetUp | Refusal::NumberMissing)) => {
            let problem = problem(refusal, factor, now);
            not_set_up(&mut facts, stage, factor, problem)
        }
        (stage, refusal) => {
            facts.problem = Some(problem(refusal, factor, now));
            stage
        }
    };
    Attempt { facts, stage }
}

fn restart(facts: &mut Facts, problem: Problem) -> Stage {
    facts.problem = Some(problem);
    facts.accepted.clear();
    facts.not_set_up.clear();
    Stage::Start
}

fn wrong_code(facts: &mut Facts, stage: Stage, rules: &AttemptRules) -> Stage {
    facts.wrong_codes = facts.wrong_codes.saturating_add(1);
    let left = rules.wrong_codes.saturating_sub(facts.wrong_codes);
    if left == 0 {
        // The first factor must be proved again, and this count starts again with it; the account's hourly count
        // continues.
        facts.wrong_codes = 0;
        return restart(facts, Problem::TooManyCodes);
    }
    facts.problem = Some(Problem::WrongCode { left });
    stage
}

fn not_set_up(facts: &mut Facts, stage: Stage, factor: Factor, problem: Problem) -> Stage {
    facts.problem = Some(problem);
    // For a name alone, everything is still offered: a missing factor would tell a stranger which accounts exist.
    if matches!(stage.origin(), Some(Origin::Mfa(_))) && !facts.not_set_up.contains(&factor) {
        facts.not_set_up.push(factor);
    }
    // A challenge of another factor remains valid.
    let is_other = !stage.awaits(factor);
    match stage {
        stage @ (Stage::Otp { .. } | Stage::SentCode { .. } | Stage::Passkey { .. }) if is_other => stage,
        Stage::Choose { origin }
        | Stage::Otp { origin }
        | Stage::SentCode { origin, .. }
        | Stage::Passkey { origin, .. } => Stage::Choose { origin },
        Stage::Start => {
            facts.problem = Some(Problem::NothingSetUp);
            Stage::Start
        }
        stage @ (Stage::Push(_) | Stage::Approved { .. } | Stage::Moved { .. } | Stage::Finished { .. }) => stage,
    }
}

fn refused_push(facts: &mut Facts, push: PushStage, refusal: Refusal, rules: &AttemptRules, now: Timestamp) -> Stage {
    match refusal {
        Refusal::Declined => {
            facts.problem = Some(Problem::PushDeclined);
            facts.pushes_at = facts.pushes_at.max(after(now, rules.declined_cooldown));
            ended(push, PushEnd::Declined)
        }
        Refusal::ChallengeExpired => {
            facts.problem = Some(Problem::PushExpired);
            ended(push, PushEnd::Expired)
        }
        Refusal::HeldBack { .. } => {
            facts.problem = Some(problem(refusal, Factor::Push, now));
            Stage::Push(Box::new(push))
        }
        Refusal::RateLimited { wait } if push.over.is_none() => waits(push, wait, 0, now),
        Refusal::Unavailable { wait, .. } if push.over.is_none() && push.strikes + 1 < STRIKES => {
            let strikes = push.strikes + 1;
            waits(push, wait, strikes, now)
        }
        Refusal::NotSetUp | Refusal::NumberMissing => {
            let problem = problem(refusal, Factor::Push, now);
            let stage = Stage::Choose { origin: push.origin };
            not_set_up(facts, stage, Factor::Push, problem)
        }
        refusal => {
            facts.problem = Some(problem(refusal, Factor::Push, now));
            Stage::Choose { origin: push.origin }
        }
    }
}

fn ended(push: PushStage, how: PushEnd) -> Stage {
    Stage::Push(Box::new(PushStage {
        over: Some(how),
        polling_until: None,
        ..push
    }))
}

fn waits(push: PushStage, wait: Duration, strikes: u8, now: Timestamp) -> Stage {
    let next_poll = after(now, wait.max(push.interval));
    Stage::Push(Box::new(PushStage {
        next_poll,
        polling_until: None,
        strikes,
        ..push
    }))
}

fn problem(refusal: Refusal, factor: Factor, now: Timestamp) -> Problem {
    match refusal {
        Refusal::WrongCredentials => Problem::WrongCredentials,
        Refusal::WrongCode => Problem::WrongCode { left: 0 },
        Refusal::Declined => Problem::PushDeclined,
        Refusal::ChallengeExpired | Refusal::FlowExpired => Problem::StartAgain,
        Refusal::NotSetUp => Problem::NotSetUp(factor),
        Refusal::NumberMissing => Problem::NumberMissing,
        Refusal::NothingSetUp => Problem::NothingSetUp,
        Refusal::PasskeyRefused => Problem::PasskeyRefused,
        Refusal::PasswordExpired => Problem::PasswordExpired,
        Refusal::PolicyRefused => Problem::PolicyRefused,
        Refusal::NotAssigned => Problem::NotAssigned,
        Refusal::NotDelivered => Problem::NotDelivered(factor),
        Refusal::HeldBack { wait } => Problem::Wait {
            until: after(now, wait),
            by_okta: false,
        },
        Refusal::Closed => Problem::Closed,
        Refusal::RateLimited { wait } => Problem::Wait {
            until: after(now, wait),
            by_okta: true,
        },
        Refusal::Unavailable { wait, uncertain } => Problem::Unavailable {
            until: after(now, wait),
            uncertain,
        },
        Refusal::Nonsense => Problem::Nonsense,
        Refusal::Misconfigured => Problem::Misconfigured,
    }
}
