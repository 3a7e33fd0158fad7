//! How it stands with one portal: whether it takes logout tokens, and until when it is left alone if it does not.

use std::time::Duration;

use jiff::Timestamp;

use crate::domain::session::after;
use crate::portal::back_channel::Untold;

/// How long a portal is left alone after a failure; it doubles with each further one.
const FIRST_REST: Duration = Duration::from_secs(5);

const LONGEST_REST: Duration = Duration::from_mins(1);

/// The results of telling portals.
pub const PORTAL_LOGOUT_RESULTS: [&str; 4] = ["delivered", "refused", "failed", "given_up"];

/// How it stands with one portal.
#[derive(Debug, Default)]
pub(super) struct Standing {
    /// `None` while it takes what it is sent.
    trouble: Option<PortalTrouble>,
    failures: u32,
    rests_until: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PortalTrouble {
    Refuses,
    Fails,
}

/// What is new about a portal, and so belongs in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PortalNews {
    TakesAgain,
    Refuses,
    Fails,
}

impl Standing {
    /// Whether it is to be left alone.
    pub(super) fn rests(&self, now: Timestamp) -> bool {
        self.rests_until.is_some_and(|until| now < until)
    }

    /// Records the outcome of a try that ended now.
    pub(super) fn note(&mut self, outcome: Result<(), &Untold>, now: Timestamp) -> Option<PortalNews> {
        let (trouble, news) = match outcome {
            Ok(()) => (None, PortalNews::TakesAgain),
            Err(Untold::Refused) => (Some(PortalTrouble::Refuses), PortalNews::Refuses),
            Err(Untold::Status(_) | Untold::Silence(_) | Untold::Unsigned) => {
                (Some(PortalTrouble::Fails), PortalNews::Fails)
            }
        };
        // Several tries may be under way; those that fail together count once.
        if trouble != Some(PortalTrouble::Fails) {
            (self.failures, self.rests_until) = (0, None);
        } else if !self.rests(now) {
            let rest = FIRST_REST.saturating_mul(1 << self.failures.min(16)).min(LONGEST_REST);
            self.failures = self.failures.saturating_add(1);
            self.rests_until = Some(after(now, rest));
        }
        (std::mem::replace(&mut self.trouble, trouble) != trouble).then_some(news)
    }
}

/// The name of an outcome in the metrics.
pub(super) fn result_name(outcome: &Result<(), Untold>) -> &'static str {
    match outcome {
        Ok(()) => "delivered",
        Err(Untold::Refused) => "refused",
        Err(Untold::Status(_) | Untold::Silence(_) | Untold::Unsigned) => "failed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    #[test]
    fn rests_double_up_to_a_minute_and_end_with_a_success() {
        let (mut standing, mut now, mut rests) = (Standing::default(), NOW, Vec::new());
        for _ in 0..6 {
            standing.note(Err(&Untold::Status(500)), now);
            standing.note(Err(&Untold::Status(500)), now);
            let until = standing.rests_until.unwrap();
            rests.push(until.duration_since(now).as_secs());
            assert!(standing.rests(now) && !standing.rests(until));
            now = until;
        }
        assert_eq!(rests, [5, 10, 20, 40, 60, 60]);
        standing.note(Ok(()), now);
        assert!(!standing.rests(now));
    }

    #[test]
    fn only_changes_are_news() {
        let mut standing = Standing::default();
        let away = Untold::Status(503);
        assert_eq!(standing.note(Ok(()), NOW), None);
        assert_eq!(standing.note(Err(&away), NOW), Some(PortalNews::Fails));
        assert_eq!(standing.note(Err(&Untold::Unsigned), NOW), None);
        assert_eq!(standing.note(Err(&Untold::Refused), NOW), Some(PortalNews::Refuses));
        assert!(!standing.rests(NOW), "it is there");
        assert_eq!(standing.note(Err(&Untold::Refused), NOW), None);
        assert_eq!(standing.note(Ok(()), NOW), Some(PortalNews::TakesAgain));
    }
}
