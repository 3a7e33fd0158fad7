use super::*;

/// The counts that an operator may set, each with the maximum that `config` accepts.
const MOST: [(&str, u32); 7] = [
    ("CODES_PER_ATTEMPT", 100),
    ("SENDS_PER_ATTEMPT", 100),
    ("CODES_PER_HOUR", 1000),
    ("SENDS_PER_HOUR", 1000),
    ("STRANGER_SENDS_PER_HOUR", 1000),
    ("PUSH_PER_10MIN", 100),
    ("STRANGER_PUSH_PER_10MIN", 100),
];

#[test]
fn the_most_that_an_operator_may_allow_is_what_the_limits_allow() {
    let set = MOST.map(|(name, most)| (format!("PORTICO_LIMITS__{name}"), most.to_string()));
    let needed = [
        ("PUBLIC_URL", "https://signin.example.com"),
        ("OKTA__ORG_URL", "https://acme.okta.com"),
        ("OKTA__CLIENT_ID", "0oa1"),
    ];
    let needed = needed.map(|(name, value)| (format!("PORTICO_{name}"), value.to_owned()));
    let config = config::from_env(needed.into_iter().chain(set)).unwrap();
    let (attempt, limits) = (attempt_rules(&config), limits(&config));
    let allowed = [
        u32::from(attempt.wrong_codes),
        u32::from(attempt.sends),
        limits.codes.most.get(),
        limits.sends.proven.most.get(),
        limits.sends.strangers.most.get(),
        limits.pushes.proven.most.get(),
        limits.pushes.strangers.most.get(),
    ];
    assert_eq!(allowed, MOST.map(|(_, most)| most));
}
