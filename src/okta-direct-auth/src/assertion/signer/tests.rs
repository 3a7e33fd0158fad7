use std::str;

use aws_lc_rs::{
    encoding::{AsDer, EcPrivateKeyRfc5915Der, Pkcs8V1Der},
    rsa::KeySize,
    signature::{
        ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_2048_8192_SHA256,
        RsaKeyPair, UnparsedPublicKey,
    },
};
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD as BASE64};
use secrecy::SecretString;

use super::{ClientAuth, Engine, Signer};

const CLIENT: &str = "0oaSIMclient0001b5d7";
const AUDIENCE: &str = "https://idp.example.test/oauth2/v1/token";
const JTI: &str = "5a0c8a3e-5f0e-4a5a-9d0e-0b6b1c1f2a10";
const SIGNED: &str = concat!(
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.",
    "eyJpc3MiOiIwb2FTSU1jbGllbnQwMDAxYjVkNyIsInN1YiI6IjBvYVNJTWNsaWVudDAwMDFiNWQ3IiwiYXVkIjoiaHR0cHM6Ly9pZHAuZXhhbXBsZS50ZXN0L29hdXRoMi92MS90b2tlbiIsImlhdCI6MTc2NzIyNTYwMCwiZXhwIjoxNzY3MjI1OTAwLCJqdGkiOiI1YTBjOGEzZS01ZjBlLTRhNWEtOWQwZS0wYjZiMWMxZjJhMTAifQ.",
    "FHSb2MWllEVM5O-BwPAW9dzVZz6qHvgwC8uAormr4sk",
);

fn sign(auth: &ClientAuth) -> String {
    let signer = Signer::new(auth).unwrap().unwrap();
    signer.sign(CLIENT, AUDIENCE, 1_767_225_600, JTI).unwrap()
}

fn private_key(label: &str, der: &[u8]) -> ClientAuth {
    let body = BASE64_STANDARD.encode(der);
    let lines: Vec<_> = body
        .as_bytes()
        .chunks(64)
        .map(|line| str::from_utf8(line).unwrap())
        .collect();
    let pem = format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"));
    ClientAuth::PrivateKeyJwt {
        pem: SecretString::from(pem),
        key_id: Some("k\"1".to_owned()),
    }
}

fn parts(assertion: &str) -> (String, &str, Vec<u8>) {
    let (message, signature) = assertion.rsplit_once('.').unwrap();
    let (header, _) = message.split_once('.').unwrap();
    let header = String::from_utf8(BASE64.decode(header).unwrap()).unwrap();
    (header, message, BASE64.decode(signature).unwrap())
}

#[test]
fn a_secret_signs_the_reference_assertion() {
    let secret = SecretString::from("direct-auth-fixture-secret-0123456789abcdef");
    assert_eq!(sign(&ClientAuth::SecretJwt(secret)), SIGNED);
    let short = ClientAuth::SecretJwt(SecretString::from("x".repeat(31)));
    assert_eq!(Signer::new(&short).unwrap_err().cause(), "client_secret_too_short");
}

#[test]
fn an_rsa_key_signs_rs256() {
    let key = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let der: Pkcs8V1Der<'_> = key.as_der().unwrap();
    let assertion = sign(&private_key("PRIVATE KEY", der.as_ref()));
    let (header, message, signature) = parts(&assertion);
    assert_eq!(header, r#"{"alg":"RS256","typ":"JWT","kid":"k\"1"}"#);
    let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public_key().as_ref());
    assert!(public.verify(message.as_bytes(), &signature).is_ok());
    // PKCS#8 wraps the PKCS#1 form, which starts at byte 26.
    let inner = sign(&private_key("RSA PRIVATE KEY", &der.as_ref()[26..]));
    let (_, message, signature) = parts(&inner);
    assert!(public.verify(message.as_bytes(), &signature).is_ok());
}

#[test]
fn an_elliptic_key_signs_es256() {
    let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key.public_key().as_ref());
    let pkcs8 = key.to_pkcs8v1().unwrap();
    let sec1: EcPrivateKeyRfc5915Der<'_> = key.private_key().as_der().unwrap();
    for (label, der) in [("PRIVATE KEY", pkcs8.as_ref()), ("EC PRIVATE KEY", sec1.as_ref())] {
        let assertion = sign(&private_key(label, der));
        let (header, message, signature) = parts(&assertion);
        assert!(header.contains("ES256"));
        assert!(public.verify(message.as_bytes(), &signature).is_ok(), "{label}");
    }
}

#[test]
fn what_is_not_a_key_is_refused() {
    for pem in [
        "",
        "secret",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\nAAAA",
    ] {
        let auth = ClientAuth::PrivateKeyJwt {
            pem: SecretString::from(pem),
            key_id: None,
        };
        assert_eq!(Signer::new(&auth).unwrap_err().cause(), "private_key_unusable");
    }
}
