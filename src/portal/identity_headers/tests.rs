use proptest::prelude::*;

use super::*;
use crate::domain::identity::Person;

fn identity(name: &str, groups: &[&str]) -> Identity {
    Identity::from(Person {
        subject: "00u1".to_owned(),
        name: name.to_owned(),
        login: "robin@example.com".to_owned(),
        email: Some("robin@example.com".to_owned()),
        groups: groups.iter().map(|group| (*group).to_owned()).collect(),
        acr: None,
        amr: Vec::new(),
        auth_time: Timestamp::UNIX_EPOCH,
    })
}

fn value(claim: Claim, identity: &Identity) -> String {
    claim
        .value(&HeaderSubject {
            identity,
            session: "s",
            expires: Timestamp::from_second(60).unwrap(),
            assertion: "a.b.c",
        })
        .into_owned()
}

#[test]
fn sec_312_what_is_not_ascii_goes_encoded_and_what_is_a_control_does_not_go() {
    for (name, expected, encoded) in [
        ("Robin", "Robin", "UTF-8''Robin"),
        ("Jörg Ü", "", "UTF-8''J%C3%B6rg%20%C3%9C"),
        ("a\r\nPortico-User: x", "", ""),
        ("a\0b", "", ""),
        (" edge", "", "UTF-8''%20edge"),
        (
            "it's \"me\", 100%",
            "it's \"me\", 100%",
            "UTF-8''it%27s%20%22me%22%2C%20100%25",
        ),
        ("", "", ""),
    ] {
        let identity = identity(name, &[]);
        assert_eq!(value(Claim::Name, &identity), expected, "{name:?}");
        assert_eq!(value(Claim::NameEncoded, &identity), encoded, "{name:?}");
    }
}

#[test]
fn sec_312_a_group_can_never_be_taken_for_two() {
    let identity = identity("x", &["staff", "Sales, EMEA", "a\nb", "", "Füße", "b|c"]);
    assert_eq!(value(Claim::Groups(','), &identity), "staff,b|c");
    assert_eq!(value(Claim::Groups('|'), &identity), "staff");
    assert_eq!(
        value(Claim::GroupsEncoded, &identity),
        "UTF-8''staff%2CF%C3%BC%C3%9Fe%2Cb|c"
    );
    let groups: Vec<_> = presentable_groups(&identity).collect();
    assert_eq!(groups, ["staff", "Füße", "b|c"]);
}

#[test]
fn a_long_list_of_groups_is_cut_between_names() {
    let names: Vec<String> = (0..200).map(|number| format!("group-{number:04}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let identity = identity("x", &names);
    let list = value(Claim::Groups(','), &identity);
    assert!(list.len() <= LONGEST_GROUPS && list.ends_with(|c: char| c.is_ascii_digit()));
    assert_eq!(list.split(',').count(), presentable_groups(&identity).count());
}

#[test]
fn a_list_is_cut_between_names_when_it_is_encoded_too() {
    let names: Vec<String> = (0..40).map(|number| format!("Отдел {number:02}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let list = value(Claim::GroupsEncoded, &identity("x", &names));
    assert!(list.len() <= 7 + LONGEST_GROUPS, "{}", list.len());
    let list = list.strip_prefix("UTF-8''").unwrap();
    let groups: Vec<_> = list.split("%2C").collect();
    assert!(groups.len() > 9, "{groups:?}");
    for (number, group) in groups.iter().enumerate() {
        let expected = format!("%D0%9E%D1%82%D0%B4%D0%B5%D0%BB%20{number:02}");
        assert_eq!(*group, expected);
    }
    let long = "я".repeat(128);
    let encoded = |name: &str| value(Claim::NameEncoded, &identity(name, &[]));
    assert_eq!(encoded(&long).len(), 7 + LONGEST_ENCODED_NAME);
    assert_eq!(encoded(&format!("{long}я")), "");
}

#[test]
fn sec_312_who_is_told_by_a_name_has_one_in_every_set() {
    let person = |subject: &str, login: &str| {
        Identity::from(Person {
            subject: subject.to_owned(),
            login: login.to_owned(),
            ..identity("", &[]).person()
        })
    };
    let right = person("00u1", "robin@example.com");
    for preset in Preset::ALL {
        assert_eq!(preset.untellable(&right), None);
        for sub in ["", "Jörg", "a\nb", "a,b"] {
            let wrong = person(sub, "robin@example.com");
            assert_eq!(preset.untellable(&wrong), Some("sub"), "{preset:?}");
        }
        let wrong = person("00u1", "jörg@example.com");
        let is_by_login = matches!(preset, Preset::Authelia | Preset::Authentik);
        let expected = is_by_login.then_some("login");
        assert_eq!(preset.untellable(&wrong), expected, "{preset:?}");
        // An identifier is presentable if its header has a value.
        let empty = |who: &Identity| {
            let is_key = |claim: &Claim| *claim == Claim::Subject || (is_by_login && *claim == Claim::Login);
            let mut keys = preset.headers().iter().filter(|(_, claim)| is_key(claim));
            keys.any(|(_, claim)| value(*claim, who).is_empty())
        };
        assert_eq!(empty(&wrong), is_by_login, "{preset:?}");
    }
}

#[test]
fn no_set_has_a_name_twice() {
    let mut names: Vec<_> = Preset::all_names().collect();
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all);
    assert!(names.iter().all(|name| !name.contains('_')));
    let largest = Preset::ALL.into_iter().map(|preset| preset.headers().len()).max();
    assert_eq!(largest, Some(MOST_HEADERS));
}

proptest! {
    #[test]
    fn sec_312_every_value_is_visible_ascii_or_blank(
        name in "\\PC{0,40}|[\\x00-\\xff]{0,20}",
        groups in prop::collection::vec("\\PC{0,20}|[\\x00-\\x7f]{0,9}", 0..5),
    ) {
        let groups: Vec<&str> = groups.iter().map(String::as_str).collect();
        let identity = identity(&name, &groups);
        for preset in [Preset::Portico, Preset::Authentik] {
            for (_, claim) in preset.headers() {
                let value = value(*claim, &identity);
                prop_assert!(value.bytes().all(|byte| (0x20..=0x7e).contains(&byte)));
                prop_assert!(value.trim() == value);
            }
        }
    }
}
