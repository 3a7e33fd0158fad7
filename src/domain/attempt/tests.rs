//! Properties of the transition function, over states that a real client got from a simulated org.

use std::sync::OnceLock;
use std::time::Duration;

use jiff::Timestamp;
use okta_direct_auth::{
    AuthorizationRequest, Challenge, Channel, Client, Code, Config, Context, Device, HostedPending, Password,
    Step as OktaStep,
};
use okta_sim::{Settings, Simulator};
use proptest::prelude::*;

use super::*;
use crate::domain::factor::Ways;
use crate::domain::problem::Refusal;
use crate::domain::session::{after, until};
use crate::domain::step::{PushEnd, Step};

/// One of each state that Okta gives.
#[derive(Debug, Clone)]
pub(crate) struct States {
    pub(crate) mfa: okta_direct_auth::MfaRequired,
    push: okta_direct_auth::PushPending,
    code: okta_direct_auth::CodePending,
    passkey: okta_direct_auth::WebauthnPending,
    pub(crate) away: Box<HostedPending>,
    pub(crate) tokens: Box<okta_direct_auth::TokenSet>,
}

pub(crate) fn states() -> &'static States {
    static STATES: OnceLock<States> = OnceLock::new();
    STATES.get_or_init(|| {
        // On a thread of its own: the first caller may be inside another runtime.
        let collecting = std::thread::spawn(|| {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            runtime.block_on(collect())
        });
        collecting.join().unwrap()
    })
}

async fn collect() -> States {
    let okta = Simulator::start(Settings {
        strict: false,
        ..Settings::default()
    })
    .await
    .unwrap();
    let mut config = Config::new(okta.url(), "portico-demo");
    config.allow_http_loopback = true;
    config.org_knows_webauthn = true;
    let client = Client::new(config).unwrap();
    let (context, device) = (Context::default(), Device::default());
    let password = Password::new("portico-demo");
    let OktaStep::MfaRequired(mfa) = client.password("all@example.com", &password, &context).await.unwrap() else {
        panic!("all@ needs a second factor");
    };
    let Challenge::Push(push) = mfa.clone().challenge(&client, Channel::Push, &device).await.unwrap() else {
        panic!("a push was asked for");
    };
    let Challenge::Code(code) = mfa.clone().challenge(&client, Channel::Email, &device).await.unwrap() else {
        panic!("a code was asked for");
    };
    let passkey = mfa.clone().webauthn(&client, &device).await.unwrap();
    let request = AuthorizationRequest {
        redirect_uri: "https://signin.example.com/sign-in/okta/callback".to_owned(),
        ..AuthorizationRequest::default()
    };
    let away = Box::new(client.authorize(&request).await.unwrap().pending);
    let otp = Code::new(okta.phone("all").otp().unwrap());
    let OktaStep::SignedIn(tokens) = mfa.clone().answer_otp(&client, &otp, &device).await.unwrap() else {
        panic!("the code is right");
    };
    States {
        mfa,
        push,
        code,
        passkey,
        away,
        tokens,
    }
}

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn ways() -> Ways {
    Ways {
        first: Factor::ALL.to_vec(),
        second: Factor::ALL.into_iter().filter(|f| *f != Factor::Password).collect(),
    }
}

fn fresh() -> Attempt {
    Attempt::new(
        Destination("https://portal.example.com/".to_owned()),
        Parameters::default(),
        NOW,
        &crate::startup::test_defaults::attempt_rules(),
    )
}

fn factor() -> impl Strategy<Value = Factor> {
    prop::sample::select(Factor::ALL.to_vec())
}

fn refusal() -> impl Strategy<Value = Refusal> {
    let wait = Duration::from_secs(30);
    prop::sample::select(vec![
        Refusal::WrongCredentials,
        Refusal::WrongCode,
        Refusal::Declined,
        Refusal::ChallengeExpired,
        Refusal::FlowExpired,
        Refusal::NotSetUp,
        Refusal::NothingSetUp,
        Refusal::PasskeyRefused,
        Refusal::PasswordExpired,
        Refusal::PolicyRefused,
        Refusal::NotAssigned,
        Refusal::NotDelivered,
        Refusal::HeldBack { wait },
        Refusal::Closed,
        Refusal::RateLimited { wait },
        Refusal::Unavailable { wait, uncertain: true },
        Refusal::Nonsense,
        Refusal::Misconfigured,
        Refusal::NumberMissing,
    ])
}

pub(crate) fn event() -> impl Strategy<Value = Event> {
    let states = states();
    let code_source = prop::sample::select(vec![Factor::Sms, Factor::Voice, Factor::Email]);
    prop_oneof![
        Just(Event::Named(Login::parse("robin@example.com").unwrap())),
        Just(Event::PasswordChosen),
        Just(Event::CodeChosen),
        code_source.prop_map(|source| Event::Sent {
            source,
            pending: states.code.clone()
        }),
        Just(Event::Pushed(states.push.clone())),
        Just(Event::StillPending(Some(states.push.clone()))),
        Just(Event::StillPending(None)),
        prop::sample::select(vec![Factor::Sms, Factor::Email, Factor::Push]).prop_map(unsent),
        Just(Event::PasskeyAsked(states.passkey.clone())),
        factor().prop_map(|factor| Event::MoreNeeded {
            factor,
            mfa: states.mfa.clone()
        }),
        factor().prop_map(|factor| Event::Accepted {
            factor,
            tokens: states.tokens.clone()
        }),
        (factor(), refusal()).prop_map(|(factor, refusal)| Event::Refused { factor, refusal }),
        Just(Event::Left(states.away.clone())),
        Just(Event::Proven {
            login: Some(Login::parse("somebody.else@example.com").unwrap()),
            tokens: states.tokens.clone()
        }),
        Just(Event::CameBack(Problem::HostedFailed)),
        Just(Event::OtherWay),
        Just(Event::SameWay),
        Just(Event::SessionStarted(Some(MaskedId {
            nonce: [1; 16],
            masked: [2; 32],
        }))),
    ]
}

/// Plays the events; illegal ones change nothing.
pub(crate) fn play(events: Vec<Event>) -> Vec<(Attempt, Event, Attempt)> {
    let rules = crate::startup::test_defaults::attempt_rules();
    let mut attempt = fresh();
    let mut story = Vec::new();
    for (second, event) in (0_u64..).zip(events) {
        let (before, now) = (attempt.clone(), after(NOW, Duration::from_secs(second)));
        attempt = match advance(attempt, event.clone(), &rules, now) {
            Ok(next) => {
                story.push((before, event, next.clone()));
                next
            }
            Err(illegal) => *illegal.attempt,
        };
    }
    story
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_approved_but_by_the_factor_that_was_asked_for(events in prop::collection::vec(event(), 0..24)) {
        for (before, event, after) in play(events) {
            if !matches!(after.stage, Stage::Approved { .. }) || matches!(before.stage, Stage::Approved { .. }) {
                continue;
            }
            let name = before.stage.name();
            match event {
                Event::Accepted { factor, .. } => {
                    prop_assert!(before.stage.awaits(factor), "{name} does not await {factor}");
                    prop_assert_eq!(after.facts.accepted.last(), Some(&factor));
                    prop_assert!(!after.facts.hosted.is_proven());
                }
                Event::Proven { login, .. } => {
                    prop_assert!(before.facts.hosted.is_away(), "nobody is at Okta's page");
                    prop_assert!(after.facts.hosted.is_proven() && after.facts.accepted.is_empty());
                    prop_assert_eq!(after.facts.login, login);
                }
                _ => return Err(TestCaseError::fail(format!("{name} led to an approval"))),
            }
        }
    }

    #[test]
    fn a_session_follows_nothing_but_an_approval(events in prop::collection::vec(event(), 0..24)) {
        for (before, _, after) in play(events) {
            let is_first = matches!(after.stage, Stage::Finished { .. }) && !matches!(before.stage, Stage::Finished { .. });
            let from_approval = matches!(before.stage, Stage::Approved { .. });
            prop_assert!(!is_first || from_approval);
        }
    }

    #[test]
    fn every_refusal_leaves_a_way_on(events in prop::collection::vec(event(), 0..24)) {
        for (_, event, attempt) in play(events) {
            let (Event::Refused { .. } | Event::CameBack(_)) = event else { continue };
            let later = after(attempt.facts.changed, Duration::from_mins(2));
            match attempt.step(&ways(), &crate::startup::test_defaults::attempt_rules(), later) {
                // The form, a field, or an attempt that has already succeeded.
                Step::SignIn | Step::Code { .. } | Step::Passkey { .. } | Step::Approved | Step::Finished => {}
                Step::Push(push) => prop_assert!(push.over.is_none() || push.resend.wait.is_zero()),
                Step::Choose { ways, .. } => prop_assert!(
                    !ways.is_empty() || attempt.facts.not_set_up.len() + attempt.facts.accepted.len() >= 5
                ),
            }
        }
    }

    #[test]
    fn only_a_change_that_a_page_shows_makes_forms_old(events in prop::collection::vec(event(), 0..24)) {
        let mut serial = 0;
        for (before, event, after) in play(events) {
            let is_poll = matches!(event, Event::StillPending(_) | Event::Refused { .. });
            if is_poll && after.facts.serial == serial {
                prop_assert!(before.stage.awaits(Factor::Push) && after.stage.awaits(Factor::Push));
            } else if matches!(event, Event::Left(_)) {
                prop_assert_eq!(after.facts.serial, serial);
            } else {
                prop_assert!(!matches!(event, Event::StillPending(_)));
                prop_assert_eq!(after.facts.serial, serial + 1);
            }
            serial = after.facts.serial;
        }
    }
}

fn moved(attempt: Attempt, events: impl IntoIterator<Item = Event>) -> Attempt {
    let rules = crate::startup::test_defaults::attempt_rules();
    events
        .into_iter()
        .fold(attempt, |attempt, event| advance(attempt, event, &rules, NOW).unwrap())
}

fn named() -> Event {
    Event::Named(Login::parse("robin@example.com").unwrap())
}

fn unsent(factor: Factor) -> Event {
    let like = Unsent {
        expires_in: Duration::from_mins(5),
        interval: Duration::from_secs(5),
        number: Some("07".to_owned()),
    };
    Event::Unsent { factor, like }
}

#[test]
fn a_push_does_not_outlive_the_sign_in_that_it_is_for() {
    let rules = crate::startup::test_defaults::attempt_rules();
    let lives = |attempt: Attempt| match attempt.stage {
        Stage::Push(push) => until(push.sent, push.expires),
        other => panic!("{other:?}"),
    };
    let pushed = |attempt: Attempt, at| {
        let named = advance(attempt, named(), &rules, at).unwrap();
        lives(advance(named, unsent(Factor::Push), &rules, at).unwrap())
    };
    assert_eq!(pushed(fresh(), NOW), Duration::from_mins(5));
    let attempt = fresh();
    let late = after(NOW, Duration::from_mins(8));
    let left = until(late, attempt.facts.expires);
    assert!(left < Duration::from_mins(5));
    assert_eq!(pushed(attempt, late), left);
}

#[test]
fn what_a_stranger_can_make_without_end_is_not_under_way() {
    let idle = [
        fresh(),
        moved(fresh(), [named()]),
        moved(fresh(), [named(), Event::CodeChosen]),
        moved(fresh(), [Event::Left(states().away.clone())]),
        fresh().left_behind(None, NOW),
    ];
    let sent = moved(fresh(), [named(), unsent(Factor::Sms)]);
    let pushed = moved(fresh(), [named(), unsent(Factor::Push)]);
    let mut asked = fresh();
    asked.facts.busy_until = Some(NOW);
    let mut proven = fresh();
    proven.stage = Stage::Choose {
        origin: Origin::Mfa(Box::new(states().mfa.clone())),
    };
    let mut approved = fresh();
    approved.stage = Stage::Approved {
        tokens: states().tokens.clone(),
    };
    for attempt in &idle {
        assert!(!attempt.is_under_way(), "{:?}", attempt.stage);
    }
    // An unsent challenge looks the same here as well.
    for attempt in [sent, pushed, asked.clone(), proven, approved] {
        assert!(attempt.is_under_way(), "{:?}", attempt.stage);
    }
    assert!(!asked.unmarked().is_under_way());
}

#[test]
fn sec_106_what_was_sent_to_nobody_is_waited_for_and_never_answered() {
    let (rules, states) = (crate::startup::test_defaults::attempt_rules(), states());
    for factor in [Factor::Sms, Factor::Voice, Factor::Email, Factor::Push] {
        let waiting = moved(fresh(), [named(), unsent(factor)]);
        assert!(waiting.stage.awaits(factor), "its page is shown");
        assert_eq!(waiting.choices(&ways()), ways().first);
        let answers = [
            Event::Accepted {
                factor,
                tokens: states.tokens.clone(),
            },
            Event::MoreNeeded {
                factor,
                mfa: states.mfa.clone(),
            },
        ];
        for answer in answers {
            assert!(advance(waiting.clone(), answer, &rules, NOW).is_err(), "{factor}");
        }
        // Once a factor is proved, Okta's real answer is shown.
        let confirming = Event::MoreNeeded {
            factor: Factor::Password,
            mfa: states.mfa.clone(),
        };
        let proved = moved(fresh(), [confirming]);
        assert!(advance(proved, unsent(factor), &rules, NOW).is_err(), "{factor}");
    }
}

fn refused(factor: Factor, refusal: Refusal) -> Event {
    Event::Refused { factor, refusal }
}

#[test]
fn sec_128_five_wrong_codes_lead_back_to_the_first_factor_across_resends_and_ways() {
    let states = states();
    let mut attempt = moved(
        fresh(),
        [Event::MoreNeeded {
            factor: Factor::Password,
            mfa: states.mfa.clone(),
        }],
    );
    for left in (1..=4).rev() {
        attempt = moved(
            attempt,
            [
                Event::OtherWay,
                Event::CodeChosen,
                refused(Factor::Otp, Refusal::WrongCode),
            ],
        );
        assert_eq!(attempt.facts.problem, Some(Problem::WrongCode { left }));
    }
    attempt = moved(attempt, [refused(Factor::Otp, Refusal::WrongCode)]);
    assert!(matches!(attempt.stage, Stage::Start));
    assert_eq!(attempt.facts.problem, Some(Problem::TooManyCodes));
}

#[test]
fn sec_134_a_declined_push_ends_and_rests_a_minute() {
    let attempt = moved(
        fresh(),
        [
            named(),
            Event::Pushed(states().push.clone()),
            refused(Factor::Push, Refusal::Declined),
        ],
    );
    let Step::Push(push) = attempt.step(&ways(), &crate::startup::test_defaults::attempt_rules(), NOW) else {
        panic!("still the push page")
    };
    assert_eq!(push.over, Some(PushEnd::Declined));
    assert_eq!(push.resend.wait, Duration::from_mins(1));
    assert!(
        !attempt.stage.awaits(Factor::Push),
        "a late approval counts for nothing"
    );
}

#[test]
fn the_third_unanswered_poll_in_a_row_ends_the_wait_and_an_answer_starts_the_count_again() {
    let lost = || {
        refused(
            Factor::Push,
            Refusal::Unavailable {
                wait: Duration::from_secs(5),
                uncertain: true,
            },
        )
    };
    let waiting = moved(fresh(), [named(), Event::Pushed(states().push.clone()), lost(), lost()]);
    assert!(waiting.stage.awaits(Factor::Push));
    let answered = moved(
        waiting.clone(),
        [Event::StillPending(Some(states().push.clone())), lost(), lost()],
    );
    assert!(answered.stage.awaits(Factor::Push));
    let ended = moved(waiting, [lost()]);
    assert!(matches!(ended.stage, Stage::Choose { .. }));
    assert!(matches!(ended.facts.problem, Some(Problem::Unavailable { .. })));
}

#[test]
fn a_way_that_is_not_set_up_is_not_offered_again_once_a_factor_was_accepted() {
    let confirming = [Event::MoreNeeded {
        factor: Factor::Password,
        mfa: states().mfa.clone(),
    }];
    let attempt = moved(moved(fresh(), confirming), [refused(Factor::Sms, Refusal::NotSetUp)]);
    assert!(!attempt.choices(&ways()).contains(&Factor::Sms));
    assert!(attempt.choices(&ways()).contains(&Factor::Otp));
}

#[test]
fn sec_108_with_a_name_alone_every_way_stays_offered() {
    let attempt = moved(fresh(), [named(), refused(Factor::Sms, Refusal::NotSetUp)]);
    assert_eq!(attempt.choices(&ways()), ways().first);
    assert_eq!(attempt.facts.problem, Some(Problem::NotSetUp(Factor::Sms)));
}

#[test]
fn a_refusal_of_another_way_leaves_the_code_that_was_sent() {
    let sent = Event::Sent {
        source: Factor::Sms,
        pending: states().code.clone(),
    };
    let confirming = Event::MoreNeeded {
        factor: Factor::Password,
        mfa: states().mfa.clone(),
    };
    let waiting = moved(fresh(), [confirming, sent]);
    let wait = Duration::from_secs(30);
    for refusal in [
        Refusal::NotSetUp,
        Refusal::NotDelivered,
        Refusal::ChallengeExpired,
        Refusal::HeldBack { wait },
        Refusal::RateLimited { wait },
        Refusal::Nonsense,
    ] {
        let attempt = moved(waiting.clone(), [refused(Factor::Voice, refusal)]);
        let Stage::SentCode {
            source: Factor::Sms,
            is_dead: false,
            ..
        } = attempt.stage
        else {
            panic!("{refusal:?} led to {}", attempt.stage.name());
        };
        assert!(attempt.facts.problem.is_some(), "{refusal:?} is told");
    }
}

#[test]
fn cool_downs_outlive_a_change_of_way_and_a_restart() {
    let rules = crate::startup::test_defaults::attempt_rules();
    let sent = Event::Sent {
        source: Factor::Email,
        pending: states().code.clone(),
    };
    let attempt = moved(fresh(), [named(), sent, Event::OtherWay]);
    assert_eq!(attempt.facts.messages_at, after(NOW, rules.send_cooldown));
    assert_eq!(
        attempt.renewed(None, NOW, &rules).facts.messages_at,
        after(NOW, rules.send_cooldown)
    );
}

#[test]
fn whoever_comes_back_from_oktas_page_without_a_result_finds_everything_as_it_was() {
    let confirming = Event::MoreNeeded {
        factor: Factor::Password,
        mfa: states().mfa.clone(),
    };
    let away = moved(
        fresh(),
        [confirming, Event::CodeChosen, Event::Left(states().away.clone())],
    );
    let back = moved(away, [Event::CameBack(Problem::HostedFailed)]);
    assert!(back.stage.awaits(Factor::Otp) && !back.facts.hosted.is_away());
    assert_eq!(back.facts.accepted, [Factor::Password]);
    assert_eq!(back.facts.problem, Some(Problem::HostedFailed));
}

#[test]
fn sec_129_what_is_brought_back_counts_once_and_not_after_another_proof() {
    let rules = crate::startup::test_defaults::attempt_rules();
    let proven = || Event::Proven {
        login: None,
        tokens: states().tokens.clone(),
    };
    let away = moved(fresh(), [Event::Left(states().away.clone())]);
    let by_password = Event::Accepted {
        factor: Factor::Password,
        tokens: states().tokens.clone(),
    };
    let rows = [
        ("nobody left", fresh()),
        ("twice", moved(away.clone(), [proven()])),
        ("after a password", moved(away.clone(), [by_password])),
        (
            "after a return",
            moved(away.clone(), [Event::CameBack(Problem::HostedFailed)]),
        ),
        ("after a new start", away.renewed(None, NOW, &rules)),
    ];
    for (name, attempt) in rows {
        assert!(advance(attempt, proven(), &rules, NOW).is_err(), "{name}");
    }
}

#[test]
fn only_the_page_of_okta_leaves_something_to_end_there() {
    let set = states().tokens.clone();
    assert!(Hosted::Untaken.tokens(set.clone()).okta_session.is_none());
    assert!(Hosted::Proven.tokens(set).okta_session.is_some());
}
