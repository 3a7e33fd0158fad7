//! Compares a session's assurance with what is requested.

use std::time::Duration;

use jiff::Timestamp;

use super::identity::Identity;
use super::session::after;

/// The assurance that a page of the portal may ask for (RFC 9470): one of these classes, proved within this time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Authentication context classes, any of which suffices; empty: any at all.
    pub acr_values: Vec<String>,
    /// The longest time that may have passed since the proof.
    pub max_age: Option<Duration>,
}

/// For a class of Okta's, the others that are certain to be no weaker. Only what follows from the meaning of the names:
/// a phishing-resistant proof may still be a single factor.
const AT_LEAST: &[(&str, &[&str])] = &[
    (
        "urn:okta:loa:1fa:any",
        &[
            "urn:okta:loa:1fa:pwd",
            "urn:okta:loa:2fa:any",
            "urn:okta:loa:2fa:any:ifpossible",
            "phr",
            "phrh",
        ],
    ),
    ("urn:okta:loa:2fa:any:ifpossible", &["urn:okta:loa:2fa:any"]),
    ("phr", &["phrh"]),
];

/// The most classes that one request may name.
const MOST_CLASSES: usize = 8;

/// The longest class name that is accepted, in bytes. Okta's own have 31 at most.
const LONGEST_CLASS: usize = 128;

impl Wanted {
    /// The classes in a list separated by blanks, as in `acr_values`. Any beyond the eighth, and any invalid class
    /// name, is left out: the list is kept with the attempt of any browser that opens the form, so its size must be
    /// bounded here.
    pub fn classes(list: &str) -> Vec<String> {
        let is_name = |word: &&str| word.len() <= LONGEST_CLASS && word.bytes().all(|byte| byte.is_ascii_graphic());
        list.split_ascii_whitespace()
            .filter(is_name)
            .take(MOST_CLASSES)
            .map(str::to_owned)
            .collect()
    }

    /// Whether nothing is required beyond being signed in.
    pub fn is_nothing(&self) -> bool {
        self.acr_values.is_empty() && self.max_age.is_none()
    }

    /// Whether a customer with this proof need not authenticate again.
    pub fn is_met_by(&self, identity: &Identity, now: Timestamp) -> bool {
        let is_recent = self
            .max_age
            .is_none_or(|max_age| now <= after(identity.auth_time(), max_age));
        is_recent && self.is_class_met(identity.acr())
    }

    fn is_class_met(&self, has: Option<&str>) -> bool {
        if self.acr_values.is_empty() {
            return true;
        }
        // Without an `acr` claim the proof counts for nothing (SEC-207).
        has.is_some_and(|has| {
            self.acr_values
                .iter()
                .any(|wanted| wanted == has || is_at_least(has, wanted))
        })
    }
}

fn is_at_least(has: &str, wanted: &str) -> bool {
    AT_LEAST
        .iter()
        .any(|(weaker, stronger)| *weaker == wanted && stronger.contains(&has))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::identity::Person;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn identity(acr: Option<&str>) -> Identity {
        Identity::from(Person {
            subject: "00u1".to_owned(),
            name: String::new(),
            login: String::new(),
            email: None,
            groups: Vec::new(),
            acr: acr.map(str::to_owned),
            amr: Vec::new(),
            auth_time: NOW,
        })
    }

    fn wanted(acr_values: &[&str], max_age: Option<u64>) -> Wanted {
        Wanted {
            acr_values: acr_values.iter().map(|acr| (*acr).to_owned()).collect(),
            max_age: max_age.map(Duration::from_secs),
        }
    }

    #[test]
    fn sec_207_a_class_is_met_by_itself_by_what_is_surely_stronger_and_by_no_claim_never() {
        let one = "urn:okta:loa:1fa:any";
        let two = "urn:okta:loa:2fa:any";
        for (has, asked, is_met) in [
            (None, &[][..], true),
            (None, &[one], false),
            (Some(one), &[one], true),
            (Some(two), &[one], true),
            (Some(one), &[two], false),
            (Some("phr"), &[two], false),
            (Some("phrh"), &["phr"], true),
            (Some("phr"), &["phrh"], false),
            (Some(one), &[two, one], true),
            (Some("of the operator's own"), &["of the operator's own"], true),
            (Some("URN:OKTA:LOA:2FA:ANY"), &[two], false),
        ] {
            let met = wanted(asked, None).is_met_by(&identity(has), NOW);
            assert_eq!(met, is_met, "{has:?} for {asked:?}");
        }
    }

    #[test]
    fn eight_names_of_classes_are_taken_and_nothing_that_is_too_long_for_one() {
        let long = "x".repeat(128);
        let list = format!("  phr {long}x\t{long} \u{e9} \u{1} urn:okta:loa:2fa:any\n");
        assert_eq!(Wanted::classes(&list), ["phr", &long, "urn:okta:loa:2fa:any"]);
        let many: Vec<String> = (0..20).map(|number| number.to_string()).collect();
        assert_eq!(Wanted::classes(&many.join(" ")), many[..8]);
        assert!(Wanted::classes(" ").is_empty());
    }

    #[test]
    fn sec_207_the_age_of_the_proof_counts_to_the_second() {
        let at = |seconds| after(NOW, Duration::from_secs(seconds));
        let asked = wanted(&[], Some(300));
        assert!(asked.is_met_by(&identity(None), at(300)));
        assert!(!asked.is_met_by(&identity(None), at(301)));
        assert!(!wanted(&[], Some(0)).is_met_by(&identity(None), at(1)));
        assert!(wanted(&[], None).is_nothing() && !asked.is_nothing());
    }
}
