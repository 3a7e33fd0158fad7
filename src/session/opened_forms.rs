//! Attempts that were not posted yet: they are in no store, each is sealed into its page (decision 34).
//!
//! A sealed one is bound to the visit that its page was made for, so a page that is copied into another browser is worth
//! nothing there (SEC-103).

use std::fmt;
use std::sync::Arc;

use super::HashedId;
use super::record::opened_form::OpenedFormRecord;
use super::secrets::keys::{KeyRing, Purpose};
use super::secrets::tickets::Tickets;
use crate::clock::Entropy;
use crate::domain::attempt::Attempt;
use crate::domain::ids::Tab;

/// Seals and opens them.
#[derive(Clone)]
pub struct OpenedForms {
    tickets: Tickets,
}

impl OpenedForms {
    /// Uses the keys of the ring.
    pub fn new(ring: &KeyRing, entropy: Arc<dyn Entropy>) -> Self {
        Self {
            tickets: Tickets::new(ring, Purpose::OpenedForm, entropy),
        }
    }

    /// The text for forms and URLs; empty for an attempt past its first form.
    pub fn seal(&self, visit: HashedId, tab: &Tab, attempt: &Attempt) -> String {
        let record = OpenedFormRecord::of(tab, attempt);
        // Text and numbers always make JSON.
        let json = record.and_then(|record| serde_json::to_vec(&record).ok());
        json.map(|json| self.tickets.seal(&visit.to_text(), &json))
            .unwrap_or_default()
    }

    /// The attempt that was sealed for this visit; `None` for any other text.
    pub fn open(&self, visit: HashedId, text: &str) -> Option<(Tab, Attempt)> {
        let json = self.tickets.open(&visit.to_text(), text)?;
        let record: OpenedFormRecord = serde_json::from_slice(&json).ok()?;
        record.restore()
    }
}

impl fmt::Debug for OpenedForms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenedForms").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;

    use super::*;
    use crate::clock::SystemEntropy;
    use crate::domain::attempt::{Destination, Parameters, Stage};
    use crate::domain::input::Login;
    use crate::domain::problem::Problem;
    use crate::domain::session::after;

    const NOW: Timestamp = Timestamp::constant(1_900_000_000, 0);
    const VISIT: HashedId = HashedId([7; 32]);

    fn forms(ring: &KeyRing) -> OpenedForms {
        OpenedForms::new(ring, Arc::new(SystemEntropy))
    }

    fn ring() -> KeyRing {
        KeyRing::new(&SystemEntropy, NOW)
    }

    fn tab() -> Tab {
        Tab::from_random([3; 12])
    }

    fn attempt() -> Attempt {
        let parameters = Parameters {
            acr_values: vec!["urn:okta:loa:2fa:any".to_owned()],
            max_age: Some(Duration::from_mins(5)),
            raises: Some("00u1".to_owned()),
            language: Some("de".to_owned()),
        };
        let destination = Destination("https://portal.example.com/orders?page=2".to_owned());
        let mut attempt = Attempt::until(destination, parameters, NOW, after(NOW, Duration::from_mins(10)));
        attempt.facts.login = Login::parse("robin@example.com").ok();
        attempt.facts.remember = true;
        attempt.facts.serial = 4;
        attempt.facts.messages_at = after(NOW, Duration::from_secs(30));
        attempt.facts.pushes_at = after(NOW, Duration::from_secs(20));
        attempt.facts.problem = Some(Problem::OpenTooLong);
        attempt
    }

    #[test]
    fn what_the_page_carries_is_the_attempt_as_it_was() {
        let forms = forms(&ring());
        let fresh = Attempt::until(
            Destination("https://portal.example.com/".to_owned()),
            Parameters::default(),
            NOW,
            NOW,
        );
        for attempt in [attempt(), fresh] {
            let (tab_read, read) = forms.open(VISIT, &forms.seal(VISIT, &tab(), &attempt)).unwrap();
            assert_eq!(tab_read, tab());
            assert_eq!(format!("{read:?}"), format!("{attempt:?}"));
        }
    }

    #[test]
    fn sec_103_a_form_opens_for_its_own_visit_alone_and_only_as_it_was_sealed() {
        let (ring, other) = (ring(), ring());
        let sealed = forms(&ring).seal(VISIT, &tab(), &attempt());
        let opens = |ring: &KeyRing, visit, text: &str| forms(ring).open(visit, text).is_some();
        assert!(opens(&ring, VISIT, &sealed));
        assert!(
            opens(&ring.rotated(&SystemEntropy, NOW), VISIT, &sealed),
            "a rotation closes no form"
        );
        assert!(!opens(&ring, HashedId([8; 32]), &sealed), "another browser");
        assert!(!opens(&other, VISIT, &sealed), "another service");
        let cut = &sealed[..sealed.len() - 1];
        for text in ["", "x", &tab().as_str().repeat(9), cut, &format!("{sealed}A")] {
            assert!(!opens(&ring, VISIT, text), "{text}");
        }
        assert!(!sealed.contains("robin"));
    }

    #[test]
    fn what_was_proven_travels_in_no_page() {
        let mut attempt = attempt();
        attempt.stage = Stage::Finished { session: None };
        assert_eq!(forms(&ring()).seal(VISIT, &tab(), &attempt), "");
    }
}
