use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use serde_json::{Value, json};
use url::Url;

use super::{DpopKey, DpopProof, proof::token_hash};
use crate::{AccessToken, Entropy, SavedDpopKey};

/// The same bytes every time.
struct Bytes([u8; 32]);

impl Entropy for Bytes {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.copy_from_slice(&self.0);
    }
}

/// The order of the curve: the largest private key plus one.
const ORDER: &str = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";

fn bytes(hex: &str) -> [u8; 32] {
    std::array::from_fn(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap())
}

fn one() -> DpopKey {
    let mut one = [0; 32];
    one[31] = 1;
    DpopKey::generate(&Bytes(one)).unwrap()
}

fn proof<'a>(url: &'a Url, access_token: Option<&'a AccessToken>, nonce: Option<&'a str>) -> DpopProof<'a> {
    DpopProof {
        method: "POST",
        url,
        issued_at: 1_767_225_600,
        jti: "0f6b0a5e",
        nonce,
        access_token,
    }
}

fn part(jwt: &str, at: usize) -> Value {
    let part = jwt.split('.').nth(at).unwrap();
    serde_json::from_slice(&BASE64.decode(part).unwrap()).unwrap()
}

/// Fixture B.3.
#[test]
fn the_token_hash_is_the_whole_hash() {
    let token = AccessToken::new("sim-at.7f3Kq2.opaque-sample-0001");
    assert_eq!(token_hash(&token), "G6HvcBW4ZAmaW5-Oat6JpM9M9UcFyMV9AKVksiJstgw");
}

/// The public half of the key 1 is the curve's generator (FIPS 186-4, D.1.2.3).
#[test]
fn the_header_names_the_public_key_and_nothing_more() {
    let url = Url::parse("https://idp.example.test/oauth2/v1/token").unwrap();
    let jwt = proof(&url, None, None).sign(&one()).unwrap();
    let expected = json!({
        "typ": "dpop+jwt", "alg": "ES256",
        "jwk": {
            "kty": "EC", "crv": "P-256",
            "x": "axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY",
            "y": "T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU",
        },
    });
    assert_eq!(part(&jwt, 0), expected);
}

#[test]
fn the_payload_says_what_is_asked_and_where() {
    let url = Url::parse("https://idp.example.test:8443/oauth2/v1/token?a=b#c").unwrap();
    let bare = json!({
        "htm": "POST", "htu": "https://idp.example.test:8443/oauth2/v1/token", "iat": 1_767_225_600, "jti": "0f6b0a5e",
    });
    let jwt = proof(&url, None, None).sign(&one()).unwrap();
    assert_eq!(part(&jwt, 1), bare);
    let token = AccessToken::new("sim-at.7f3Kq2.opaque-sample-0001");
    let jwt = proof(&url, Some(&token), Some("n\"1")).sign(&one()).unwrap();
    let mut full = bare;
    full["nonce"] = json!("n\"1");
    full["ath"] = json!("G6HvcBW4ZAmaW5-Oat6JpM9M9UcFyMV9AKVksiJstgw");
    assert_eq!(part(&jwt, 1), full);
}

#[test]
fn the_signature_is_by_the_key_in_the_header() {
    let url = Url::parse("https://idp.example.test/oauth2/v1/token").unwrap();
    let key = DpopKey::generate(&Bytes([7; 32])).unwrap();
    let jwt = proof(&url, None, None).sign(&key).unwrap();
    let jwk = &part(&jwt, 0)["jwk"];
    let coordinate = |name: &str| BASE64.decode(jwk[name].as_str().unwrap()).unwrap();
    let point = [&[4][..], &coordinate("x"), &coordinate("y")].concat();
    let (message, signature) = jwt.rsplit_once('.').unwrap();
    let signature = BASE64.decode(signature).unwrap();
    assert_eq!(signature.len(), 64);
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
        .verify(message.as_bytes(), &signature)
        .unwrap();
}

#[test]
fn randomness_without_any_makes_no_key() {
    let mut largest = bytes(ORDER);
    largest[31] -= 1;
    let rows = [
        ([0; 32], false),
        (bytes(ORDER), false),
        ([0xFF; 32], false),
        (largest, true),
    ];
    for (bytes, is_key) in rows {
        assert_eq!(DpopKey::generate(&Bytes(bytes)).is_some(), is_key, "{bytes:?}");
    }
}

/// SEC-218.
#[test]
fn a_key_shows_nothing_of_itself() {
    let key = one();
    assert_eq!(format!("{key:?} {:?}", key.save()), "DpopKey(..) SavedDpopKey(..)");
}

#[test]
fn a_key_survives_being_stored() {
    let key = DpopKey::generate(&Bytes([7; 32])).unwrap();
    let stored = serde_json::to_string(&key.save()).unwrap();
    assert_eq!(stored, format!("\"{}\"", BASE64.encode([7; 32])));
    let again: SavedDpopKey = serde_json::from_str(&stored).unwrap();
    assert_eq!(again.restore().public_jwk(), key.public_jwk());
}

#[test]
fn what_is_no_key_is_not_taken_up() {
    let rows = [
        json!(""),
        json!(BASE64.encode([7; 31])),
        json!(BASE64.encode([7; 33])),
        json!(BASE64.encode([0; 32])),
        json!(BASE64.encode(bytes(ORDER))),
        json!("not base64url!"),
        json!(null),
        json!([7, 7]),
    ];
    for row in rows {
        assert!(serde_json::from_value::<SavedDpopKey>(row.clone()).is_err(), "{row}");
    }
}
