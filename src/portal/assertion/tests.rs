use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::Value;

use super::*;
use crate::clock::SystemEntropy;
use crate::domain::identity::Person;

const ISSUER: &str = "https://signin.example.com";

fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

fn signer(ring: &KeyRing) -> Signer {
    Signer::new(ring, ISSUER, Arc::new(SystemEntropy)).unwrap()
}

fn identity() -> Identity {
    Identity::from(Person {
        subject: "00u1".to_owned(),
        name: "J\u{f6}rg".to_owned(),
        login: "joerg@example.com".to_owned(),
        email: Some("joerg@example.com".to_owned()),
        groups: vec!["staff".to_owned(), "a, b".to_owned()],
        acr: Some("urn:okta:loa:2fa:any".to_owned()),
        amr: vec!["pwd".to_owned(), "otp".to_owned()],
        auth_time: now(),
    })
}

struct Signed {
    token: String,
    expires: Timestamp,
}

fn subject(identity: &Identity, ends: Timestamp) -> TokenSubject<'_> {
    TokenSubject {
        identity,
        session: "sid",
        ends,
        audience: "app.example.com",
    }
}

fn sign(signer: &Signer, ends: Timestamp) -> Signed {
    let who = identity();
    let subject = subject(&who, ends);
    let signature = signer.sign(&subject, now()).unwrap();
    Signed {
        token: signer.token(&subject, &signature).unwrap(),
        expires: signature.expires(&subject),
    }
}

fn read(token: &str, keys: &str, audience: &str) -> Option<Value> {
    let keys: JwkSet = serde_json::from_str(keys).unwrap();
    let kid = decode_header(token).unwrap().kid.unwrap();
    let key = DecodingKey::from_jwk(keys.find(&kid)?).unwrap();
    let mut rules = Validation::new(Algorithm::ES256);
    rules.set_audience(&[audience]);
    rules.set_issuer(&[ISSUER]);
    rules.validate_exp = false;
    decode(token, &key, &rules).ok().map(|data| data.claims)
}

#[test]
fn a_portal_reads_who_came_and_another_host_does_not() {
    let signer = signer(&KeyRing::new(&SystemEntropy, now()));
    let whole = sign(&signer, after(now(), Duration::from_hours(1)));
    let claims = read(&whole.token, signer.key_set(), "app.example.com").unwrap();
    assert_eq!(claims["sub"], "00u1");
    assert_eq!(claims["name"], "J\u{f6}rg");
    assert_eq!(claims["groups"], serde_json::json!(["staff"]));
    assert_eq!(claims["amr"], serde_json::json!(["pwd", "otp"]));
    assert_eq!(claims["exp"], 1_800_000_295);
    assert_eq!(claims["jti"].as_str().unwrap().len(), 22);
    assert_eq!(read(&whole.token, signer.key_set(), "b.example.com"), None);
    let short = sign(&signer, after(now(), Duration::from_secs(10)));
    assert_eq!(short.expires, after(now(), Duration::from_secs(10)));
}

#[test]
fn a_strict_portal_takes_a_fresh_token_although_its_clock_is_behind() {
    let signer = signer(&KeyRing::new(&SystemEntropy, now()));
    for session_s in [3600, 10, 1] {
        let ends = after(now(), Duration::from_secs(session_s));
        let made = sign(&signer, ends);
        let claims = read(&made.token, signer.key_set(), "app.example.com").unwrap();
        let time = |name: &str| claims[name].as_i64().unwrap();
        let here = now().as_second();
        let behind = here - 4;
        assert!(time("iat") < behind && time("nbf") < behind, "{claims}");
        assert!(time("exp") - time("iat") <= 300, "{claims}");
        assert!(here < time("exp") && time("exp") <= ends.as_second(), "{claims}");
        assert_eq!(made.expires.as_second(), time("exp"));
    }
}

#[test]
fn sec_313_what_was_signed_for_one_is_no_token_of_another() {
    let signer = signer(&KeyRing::new(&SystemEntropy, now()));
    let (who, ends) = (identity(), after(now(), Duration::from_hours(1)));
    let other = Identity::from(Person {
        groups: vec!["admins".to_owned()],
        ..identity().person()
    });
    let mine = subject(&who, ends);
    let signature = signer.sign(&mine, now()).unwrap();
    let is_taken = |subject: &TokenSubject<'_>| {
        let token = signer.token(subject, &signature).unwrap();
        read(&token, signer.key_set(), subject.audience).is_some()
    };
    assert!(is_taken(&mine) && is_taken(&mine), "and it can be written again");
    for changed in [
        TokenSubject {
            identity: &other,
            ..mine
        },
        TokenSubject {
            session: "another",
            ..mine
        },
        TokenSubject {
            ends: after(now(), Duration::from_secs(10)),
            ..mine
        },
        TokenSubject {
            audience: "b.example.com",
            ..mine
        },
    ] {
        assert!(!is_taken(&changed), "{changed:?}");
    }
}

#[test]
fn sec_312_a_token_stays_small_whatever_okta_says_of_somebody() {
    let signer = signer(&KeyRing::new(&SystemEntropy, now()));
    let ends = after(now(), Duration::from_hours(1));
    let long = "x".repeat(1000);
    let person = Person {
        name: long.clone(),
        login: long.clone(),
        email: Some(long.clone()),
        groups: vec![long.clone(); 95],
        acr: Some(long.clone()),
        amr: vec![long; 95],
        ..identity().person()
    };
    let who = Identity::from(person);
    let subject = subject(&who, ends);
    let made = signer.sign(&subject, now()).unwrap();
    let token = signer.token(&subject, &made).unwrap();
    assert!(token.len() < 1024, "{}", token.len());
    let claims = read(&token, signer.key_set(), "app.example.com").unwrap();
    assert_eq!(claims["sub"], "00u1");
    assert_eq!(claims["groups"], serde_json::json!([]));
    assert_eq!(claims.get("acr"), None);
}

#[test]
fn whoever_read_the_keys_before_a_rotation_can_check_what_is_signed_after_it() {
    let before = KeyRing::new(&SystemEntropy, now());
    let after_it = before.rotated(&SystemEntropy, now());
    let (old, new) = (signer(&before), signer(&after_it));
    let ends = after(now(), Duration::from_hours(1));
    for (signed, keys) in [(&new, &old), (&old, &new), (&new, &new)] {
        let token = sign(signed, ends).token;
        assert!(read(&token, keys.key_set(), "app.example.com").is_some());
    }
    let stranger = signer(&KeyRing::new(&SystemEntropy, now()));
    let token = sign(&stranger, ends).token;
    assert_eq!(read(&token, new.key_set(), "app.example.com"), None);
}

#[test]
fn keys_come_from_the_ring_alone_and_never_print() {
    let ring = KeyRing::new(&SystemEntropy, now());
    assert_eq!(signer(&ring).key_set(), signer(&ring).key_set());
    let keys: Value = serde_json::from_str(signer(&ring).key_set()).unwrap();
    assert_eq!(keys["keys"].as_array().unwrap().len(), 2);
    assert!(keys["keys"][0].get("d").is_none());
    let (signer, who) = (signer(&ring), identity());
    let made = signer.sign(&subject(&who, Timestamp::MAX), now()).unwrap();
    let (value, id) = (format!("{:?}", made.value), format!("{:?}", made.id));
    let printed = format!("{signer:?} {made:?}");
    assert!(!printed.contains(&value) && !printed.contains(&id), "{printed}");
}

#[test]
fn a_secret_that_is_no_number_of_the_curve_still_gives_a_key() {
    assert!(pair(&[0xff; 32]).is_some());
    assert!(pair(&[0; 32]).is_some());
}
