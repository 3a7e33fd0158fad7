//! `POST /global-token-revocation`: Okta's servers say that every session of a user must end (Universal Logout).
//!
//! No browser comes here. The request is authorised by the token in its `Authorization` header alone, which no page of
//! another origin can make a browser send. Cookies are not read, so a forged form gains nothing, and neither the origin
//! check nor a CSRF token is needed. Answers never say whom the order was about.

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, HeaderMap, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::web::{Bytes, Data};
use actix_web::{FromRequest, HttpMessage as _, HttpRequest, HttpResponse};
use futures_util::future::LocalBoxFuture;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use tracing::Instrument as _;

use crate::flow::{Flow, Logout, LogoutOrder, Subject, of_this_request};
use crate::web::error::WebError;
use crate::web::outcome::note_outcome;
use crate::web::pages::posted_form;
use crate::web::site::Site;

/// Path below the base path. With the public address in front, it is the audience that Okta must name.
pub(in crate::web) const PATH: &str = "/global-token-revocation";

/// Largest body, in bytes (SEC-307); Okta's has less than 200.
pub(in crate::web) const LIMIT: usize = 8 * 1024;

/// Longest identifier of a subject, in bytes.
const LONGEST: usize = 320;

/// `Retry-After` when Okta's keys could not be fetched, in seconds.
const RETRY_S: u16 = 30;

/// Ends every session of the user whom Okta names.
pub(in crate::web) async fn submit(
    submitted: SubmittedOrder,
    site: Data<Site>,
    flow: Data<Flow>,
) -> Result<HttpResponse, WebError> {
    let Some(token) = submitted.token else {
        return Ok(unauthorised("Bearer", "token_missing"));
    };
    let Some(subject) = subject(&submitted.body) else {
        return Ok(refused(StatusCode::BAD_REQUEST, "invalid_request"));
    };
    let order = LogoutOrder {
        token,
        audience: format!("{}{}", site.origin, site.path(PATH)),
        subject,
    };
    // Runs to its end even when Okta hangs up: the sessions must not be left half ended.
    let flow = flow.get_ref().clone();
    let verb = async move { flow.universal_logout(order).await }.in_current_span();
    let outcome = tokio::spawn(of_this_request(verb)).await.map_err(WebError::Broken)??;
    Ok(answer(outcome))
}

fn answer(outcome: Logout) -> HttpResponse {
    match outcome {
        Logout::Done(_) => {
            let mut answer = HttpResponse::NoContent().finish();
            note_outcome(&mut answer, "sessions_ended");
            answer
        }
        Logout::Refused => unauthorised("Bearer error=\"invalid_token\"", "invalid_token"),
        Logout::NotAllowed => refused(StatusCode::FORBIDDEN, "another_issuer"),
        Logout::Unknown => refused(StatusCode::NOT_FOUND, "unknown_subject"),
        Logout::Unclear => refused(StatusCode::UNPROCESSABLE_ENTITY, "email_not_kept"),
        Logout::Unverified => {
            let mut answer = refused(StatusCode::SERVICE_UNAVAILABLE, "unverified");
            answer.headers_mut().insert(RETRY_AFTER, RETRY_S.into());
            answer
        }
    }
}

#[derive(Debug, Serialize)]
struct RefusedResponse {
    error: &'static str,
}

/// JSON, because a program reads it. The access log has the same error code as its outcome.
fn refused(status: StatusCode, error: &'static str) -> HttpResponse {
    let mut answer = HttpResponse::build(status).json(RefusedResponse { error });
    note_outcome(&mut answer, error);
    answer
}

fn unauthorised(challenge: &'static str, error: &'static str) -> HttpResponse {
    let mut answer = refused(StatusCode::UNAUTHORIZED, error);
    let challenge = actix_web::http::header::HeaderValue::from_static(challenge);
    answer.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    answer
}

/// The order as it was received.
#[derive(Debug)]
pub(in crate::web) struct SubmittedOrder {
    token: Option<SecretString>,
    body: Bytes,
}

impl FromRequest for SubmittedOrder {
    type Error = WebError;
    type Future = LocalBoxFuture<'static, Result<Self, WebError>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let is_json = req.content_type().eq_ignore_ascii_case("application/json");
        let token = bearer(req.headers());
        let body = posted_form::body(req, payload);
        Box::pin(async move {
            if !is_json {
                return Err(WebError::MediaType);
            }
            let body = body.await?;
            Ok(Self { token, body })
        })
    }
}

/// The bearer token, if there is exactly one.
fn bearer(headers: &HeaderMap) -> Option<SecretString> {
    let mut given = headers.get_all(AUTHORIZATION);
    let (Some(only), None) = (given.next(), given.next()) else {
        return None;
    };
    let (scheme, token) = only.to_str().ok()?.split_once(' ')?;
    let is_bearer = scheme.eq_ignore_ascii_case("Bearer") && !token.is_empty();
    is_bearer.then(|| SecretString::from(token))
}

#[derive(Deserialize)]
struct RevocationRequest {
    sub_id: SubjectIdentifier,
}

/// The formats of RFC 9493 that can lead to a user here.
#[derive(Deserialize)]
#[serde(tag = "format", rename_all = "snake_case")]
enum SubjectIdentifier {
    Email { email: String },
    IssSub { iss: String, sub: String },
    Opaque { id: String },
}

pub(in crate::web) fn subject(body: &[u8]) -> Option<Subject> {
    let request: RevocationRequest = serde_json::from_slice(body).ok()?;
    let is_name = |text: &str| (1..=LONGEST).contains(&text.len());
    match request.sub_id {
        SubjectIdentifier::Email { email } if is_name(&email) => Some(Subject::Email(email)),
        SubjectIdentifier::IssSub { iss, sub } if is_name(&iss) && is_name(&sub) => Some(Subject::IssSub {
            issuer: iss,
            subject: sub,
        }),
        SubjectIdentifier::Opaque { id } if is_name(&id) => Some(Subject::Opaque(id)),
        SubjectIdentifier::Email { .. } | SubjectIdentifier::IssSub { .. } | SubjectIdentifier::Opaque { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_read_in_each_format_and_in_no_other() {
        let email = Some(Subject::Email("Ada@example.com".to_owned()));
        let iss_sub = Some(Subject::IssSub {
            issuer: "https://idp.example.com".to_owned(),
            subject: "00u1".to_owned(),
        });
        let opaque = Some(Subject::Opaque("00u1".to_owned()));
        let long = format!(r#"{{"sub_id":{{"format":"opaque","id":"{}"}}}}"#, "x".repeat(321));
        let cases = [
            (
                r#"{"sub_id":{"format":"email","email":"Ada@example.com"}}"#,
                email.clone(),
            ),
            (
                r#"{"new":1,"sub_id":{"email":"Ada@example.com","new":{},"format":"email"}}"#,
                email,
            ),
            (
                r#"{"sub_id":{"format":"iss_sub","iss":"https://idp.example.com","sub":"00u1"}}"#,
                iss_sub,
            ),
            (r#"{"sub_id":{"format":"opaque","id":"00u1"}}"#, opaque),
            (&long, None),
            (r#"{"sub_id":{"format":"email","email":""}}"#, None),
            (r#"{"sub_id":{"format":"email","email":7}}"#, None),
            (r#"{"sub_id":{"format":"email","email":"a","email":"b"}}"#, None),
            (r#"{"sub_id":{"format":"email","id":"a"}}"#, None),
            (r#"{"sub_id":{"format":"iss_sub","sub":"00u1"}}"#, None),
            (r#"{"sub_id":{"format":"phone_number","phone_number":"+1"}}"#, None),
            (r#"{"sub_id":{"email":"a"}}"#, None),
            (r#"{"sub_id":"00u1"}"#, None),
            ("{}", None),
            ("[]", None),
            ("", None),
            ("not json", None),
        ];
        for (body, expected) in cases {
            assert_eq!(subject(body.as_bytes()), expected, "{body}");
        }
    }

    #[test]
    fn a_token_counts_only_when_there_is_one() {
        use actix_web::test::TestRequest;
        use secrecy::ExposeSecret;

        let cases: &[(&[&str], Option<&str>)] = &[
            (&["Bearer a.b.c"], Some("a.b.c")),
            (&["bearer a.b.c"], Some("a.b.c")),
            (&["Basic YTpi"], None),
            (&["Bearer "], None),
            (&["Bearer"], None),
            (&["a.b.c"], None),
            (&["Bearer a", "Bearer b"], None),
            (&[], None),
        ];
        for (headers, expected) in cases {
            let mut request = TestRequest::post();
            for header in *headers {
                request = request.append_header((AUTHORIZATION, *header));
            }
            let token = bearer(request.to_http_request().headers());
            let token = token.as_ref().map(SecretString::expose_secret);
            assert_eq!(token, *expected, "{headers:?}");
        }
    }
}
