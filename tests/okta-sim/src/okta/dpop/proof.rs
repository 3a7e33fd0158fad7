//! Reads and checks one proof (RFC 9449, 4.3).

use std::str::FromStr;

use aws_lc_rs::digest::{SHA256, digest};
use jsonwebtoken::{
    Algorithm, DecodingKey, Validation, decode,
    jwk::{Jwk, ThumbprintHash},
};
use serde_json::Value;

use crate::ids::{b64, unb64};

const OLDEST_S: i64 = 300;

/// The request that the proof must have been made for.
#[derive(Debug)]
pub(super) struct Request<'a> {
    pub(super) method: &'a str,
    pub(super) url: &'a str,
    pub(super) now: i64,
    /// The token that is sent with the proof, at a resource.
    pub(super) access_token: Option<&'a str>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct DpopProof {
    /// RFC 7638 thumbprint of the key.
    pub(super) jkt: String,
    pub(super) jti: String,
    pub(super) iat: i64,
    pub(super) nonce: Option<String>,
}

/// The proof, or what is wrong with it.
pub(super) fn verify(jwt: &str, request: &Request<'_>) -> Result<DpopProof, &'static str> {
    let header = header(jwt)?;
    if header.get("typ").and_then(Value::as_str) != Some("dpop+jwt") {
        return Err("The DPoP proof JWT 'typ' header must be 'dpop+jwt'.");
    }
    let algorithm = algorithm(&header)?;
    let jwk = jwk(&header)?;
    let claims = signed_claims(jwt, &jwk, algorithm)?;
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    if text("htm") != Some(request.method) {
        return Err("The DPoP proof JWT 'htm' claim is invalid.");
    }
    if text("htu") != Some(request.url) {
        return Err("The DPoP proof JWT 'htu' claim is invalid.");
    }
    let iat = check_times(&claims, request.now)?;
    let jti = text("jti").filter(|jti| !jti.is_empty());
    let jti = jti.ok_or("The DPoP proof JWT 'jti' claim is invalid.")?;
    if let Some(token) = request.access_token
        && text("ath") != Some(&b64(digest(&SHA256, token.as_bytes())))
    {
        return Err("The DPoP proof JWT 'ath' claim does not match the access token.");
    }
    Ok(DpopProof {
        jkt: jwk.thumbprint(ThumbprintHash::SHA256),
        jti: jti.to_owned(),
        iat,
        nonce: text("nonce").map(str::to_owned),
    })
}

fn header(jwt: &str) -> Result<Value, &'static str> {
    let header = jwt.split('.').next().and_then(unb64);
    header
        .and_then(|header| serde_json::from_slice(&header).ok())
        .ok_or("The DPoP proof JWT cannot be parsed.")
}

fn algorithm(header: &Value) -> Result<Algorithm, &'static str> {
    use Algorithm::{ES256, ES384, RS256, RS384, RS512};
    let name = header.get("alg").and_then(Value::as_str);
    name.and_then(|name| Algorithm::from_str(name).ok())
        .filter(|algorithm| [ES256, ES384, RS256, RS384, RS512].contains(algorithm))
        .ok_or("The DPoP proof JWT signature algorithm is not supported.")
}

/// The public key. A private one must not go unnoticed: the client has given it away.
fn jwk(header: &Value) -> Result<Jwk, &'static str> {
    const PRIVATE: [&str; 7] = ["d", "p", "q", "dp", "dq", "qi", "k"];
    let invalid = "The DPoP proof JWT 'jwk' header is invalid.";
    let jwk = header.get("jwk").ok_or(invalid)?;
    if PRIVATE.iter().any(|member| jwk.get(member).is_some()) {
        return Err("The DPoP proof JWT 'jwk' header must not hold a private key.");
    }
    serde_json::from_value(jwk.clone()).map_err(|_| invalid)
}

fn signed_claims(jwt: &str, jwk: &Jwk, algorithm: Algorithm) -> Result<Value, &'static str> {
    let invalid = "The DPoP proof JWT signature is invalid.";
    let key = DecodingKey::from_jwk(jwk).map_err(|_| invalid)?;
    // The times are checked later, against the simulator's own clock.
    let mut validation = Validation::new(algorithm);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    let decoded = decode::<Value>(jwt, &key, &validation);
    decoded.map(|token| token.claims).map_err(|_| invalid)
}

fn check_times(claims: &Value, now: i64) -> Result<i64, &'static str> {
    let number = |name: &str| claims.get(name).and_then(Value::as_i64);
    let iat = number("iat").ok_or("The DPoP proof JWT 'iat' claim is invalid.")?;
    if iat > now {
        return Err("The DPoP proof JWT is issued in the future.");
    }
    if iat < now - OLDEST_S {
        return Err("The DPoP proof JWT is issued more than five minutes in the past.");
    }
    if number("exp").is_some_and(|exp| exp <= now) {
        return Err("The DPoP proof JWT is expired.");
    }
    Ok(iat)
}

#[cfg(test)]
mod tests {
    use super::{DpopProof, Request, verify};

    const JKT: &str = "KOR81fGM4EAjbEV5sPsAnmZ_wTe7eKCvXt2TgwYePE4";
    const AT_TOKEN: &str = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwiY3J2IjoiUC0yNTYiLCJ4IjoiYmlEOE54dG9GNWpHQ0lJVzFjRVhvcWJuNlRaQWFrb21lVjZMTUlnc09CQSIsInkiOiJFXzNZTk5nUmszY1BhQUp4REswWVNjdnJ3WnZYWFhTZjZ1UHV4ZWhpVWJVIn19.eyJodG0iOiJQT1NUIiwiaHR1IjoiaHR0cHM6Ly9pZHAuZXhhbXBsZS50ZXN0L29hdXRoMi92MS90b2tlbiIsImlhdCI6MTc2NzIyNTYwMCwianRpIjoiMGY2YjBhNWUtOGE2Yy00ZTJlLTlkMWUtM2YwYTUxZjVhMDAxIn0.vIMhLyiLjMG77Nw9WLfCFQVwwR0w_mrP_48bYLbJfxCi_7qDV-URcww39zyPLg4MT0IiwX7pgMSjZhe6ksKfkw";
    const AT_RESOURCE: &str = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwiY3J2IjoiUC0yNTYiLCJ4IjoiYmlEOE54dG9GNWpHQ0lJVzFjRVhvcWJuNlRaQWFrb21lVjZMTUlnc09CQSIsInkiOiJFXzNZTk5nUmszY1BhQUp4REswWVNjdnJ3WnZYWFhTZjZ1UHV4ZWhpVWJVIn19.eyJodG0iOiJHRVQiLCJodHUiOiJodHRwczovL2lkcC5leGFtcGxlLnRlc3Qvb2F1dGgyL3YxL3VzZXJpbmZvIiwiaWF0IjoxNzY3MjI1NjAwLCJhdGgiOiJHNkh2Y0JXNFpBbWFXNS1PYXQ2SnBNOU05VWNGeU1WOUFLVmtzaUpzdGd3IiwianRpIjoiMGY2YjBhNWUtOGE2Yy00ZTJlLTlkMWUtM2YwYTUxZjVhMDAyIn0.17Q6-VIY0wHShKFx9v-FmiF_fo8JDlERmIVtZ9TPKyoOFyidWiJFDiUXLIBuTrwcLx4v89WW992dq_8z6a0LPg";
    const TOKEN: &str = "sim-at.7f3Kq2.opaque-sample-0001";

    fn at_token(now: i64) -> Request<'static> {
        Request {
            method: "POST",
            url: "https://idp.example.test/oauth2/v1/token",
            now,
            access_token: None,
        }
    }

    fn at_resource(access_token: &str) -> Request<'_> {
        Request {
            method: "GET",
            url: "https://idp.example.test/oauth2/v1/userinfo",
            now: 1_767_225_600,
            access_token: Some(access_token),
        }
    }

    /// Test vectors that were not computed by this program.
    #[test]
    fn reference_proofs_pass() {
        let expected = |jti: &str| DpopProof {
            jkt: JKT.to_owned(),
            jti: jti.to_owned(),
            iat: 1_767_225_600,
            nonce: None,
        };
        assert_eq!(
            verify(AT_TOKEN, &at_token(1_767_225_600)),
            Ok(expected("0f6b0a5e-8a6c-4e2e-9d1e-3f0a51f5a001"))
        );
        assert_eq!(
            verify(AT_RESOURCE, &at_resource(TOKEN)),
            Ok(expected("0f6b0a5e-8a6c-4e2e-9d1e-3f0a51f5a002"))
        );
    }

    #[test]
    fn reference_proofs_are_good_for_five_minutes_and_one_token() {
        assert!(verify(AT_TOKEN, &at_token(1_767_225_900)).is_ok());
        for now in [1_767_225_599, 1_767_225_901] {
            assert!(verify(AT_TOKEN, &at_token(now)).is_err(), "{now}");
        }
        assert!(verify(AT_RESOURCE, &at_resource("another")).is_err());
        assert!(verify(AT_TOKEN, &at_resource(TOKEN)).is_err());
    }
}
