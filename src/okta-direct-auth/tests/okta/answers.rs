//! What a browser brings back from Okta's hosted page, and how it is handled before and after the code is exchanged.

use okta_direct_auth::{
    Action, Authorization, AuthorizationAnswer, AuthorizationRequest, Client, Device, Error, ErrorKind, TokenSet,
};
use serde_json::{Value, json};
use url::{Url, form_urlencoded};

use crate::scripted::{CLIENT, Okta, Reply, SUB, discovery, id_token, refusal, tokens};

const CALLBACK: &str = "https://signin.example.test/callback";

fn request() -> AuthorizationRequest {
    AuthorizationRequest {
        redirect_uri: CALLBACK.to_owned(),
        label: Some("tab-1".to_owned()),
        ..AuthorizationRequest::default()
    }
}

fn parameter(authorization: &Authorization, name: &str) -> String {
    let url = Url::parse(authorization.url.expose_secret()).unwrap();
    let found = url.query_pairs().find(|(known, _)| known == name);
    found.unwrap().1.into_owned()
}

/// The query of an answer to this request; `STATE` stands for the right state.
fn query(authorization: &Authorization, fields: &[(&str, &str)]) -> String {
    let state = parameter(authorization, "state");
    let fields = fields.iter().map(|(name, value)| {
        let value = if *value == "STATE" { &state } else { *value };
        (*name, value)
    });
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish()
}

async fn finish(client: &Client, authorization: Authorization, fields: &[(&str, &str)]) -> Result<TokenSet, Error> {
    let answer = AuthorizationAnswer::parse(&query(&authorization, fields));
    let pending = authorization.pending;
    pending.finish(client, &answer, &Device::default()).await
}

/// An org whose discovery document has these members, and whose ID token has this nonce; none if it is `None` or null.
fn org(says: Value, nonce: Option<Value>) -> (Okta, Client) {
    let okta = Okta::start(move |seen, _| {
        let url: Url = format!("http://{}", seen.headers["host"]).parse().unwrap();
        if seen.path.ends_with("openid-configuration") {
            let mut document = discovery(&url);
            for (name, value) in says.as_object().unwrap() {
                document[name] = value.clone();
            }
            return Some(Reply::Json(200, document));
        }
        let nonce = nonce.clone()?;
        let token = id_token(&url, "one", &json!({ "nonce": nonce }));
        seen.path.ends_with("/token").then(|| Reply::Json(200, tokens(&token)))
    });
    let (client, _) = okta.client();
    (okta, client)
}

const CODE: (&str, &str) = ("code", "c");
const STATE: (&str, &str) = ("state", "STATE");

/// Name and fields; then the expected error.
type Row = (
    &'static str,
    &'static [(&'static str, &'static str)],
    ErrorKind,
    Action,
    &'static str,
);

#[rustfmt::skip]
const NOT_GOOD: &[Row] = &[
    ("no state", &[CODE], ErrorKind::FlowMixedUp, Action::Restart, "state_differs"),
    ("other state", &[CODE, ("state", "tab-1.other")], ErrorKind::FlowMixedUp, Action::Restart, "state_differs"),
    ("state twice", &[CODE, STATE, STATE], ErrorKind::FlowMixedUp, Action::Restart, "state_differs"),
    ("code twice", &[CODE, CODE, STATE], ErrorKind::FlowMixedUp, Action::Restart, "state_differs"),
    ("error of another", &[("error", "access_denied"), ("state", "x")], ErrorKind::FlowMixedUp, Action::Restart, "state_differs"),
    ("other issuer", &[CODE, STATE, ("iss", "https://evil.example.test")], ErrorKind::FlowMixedUp, Action::Restart, "iss_differs"),
    ("no code", &[STATE], ErrorKind::Nonsense, Action::Stop, "code_missing"),
    ("empty code", &[STATE, ("code", "")], ErrorKind::Nonsense, Action::Stop, "code_missing"),
    ("cancelled", &[("error", "access_denied"), ("error_description", "The resource owner or authorization server denied the request."), STATE], ErrorKind::Denied, Action::Stop, "access_denied"),
    ("an error beats a code", &[CODE, ("error", "access_denied"), STATE], ErrorKind::Denied, Action::Stop, "access_denied_unexplained"),
    ("not assigned", &[("error", "access_denied"), ("error_description", "User is not assigned to the client application."), STATE], ErrorKind::NotAssigned, Action::Stop, "user_not_assigned"),
    ("no session", &[("error", "login_required"), STATE], ErrorKind::FlowExpired, Action::Restart, "login_required"),
    ("not strong enough", &[("error", "unmet_authentication_requirements"), STATE], ErrorKind::AcrUnmet, Action::Stop, "unmet_authentication_requirements"),
    ("consent", &[("error", "consent_required"), STATE], ErrorKind::ConsentRequired, Action::Operator, "consent_required"),
    ("broken", &[("error", "server_error"), STATE], ErrorKind::Unavailable, Action::Stop, "server_error"),
    ("overloaded", &[("error", "temporarily_unavailable"), STATE], ErrorKind::Unavailable, Action::Backoff, "temporarily_unavailable"),
    ("app lacks the grant", &[("error", "unauthorized_client"), STATE], ErrorKind::Misconfigured, Action::Operator, "unauthorized_client"),
    ("unheard of", &[("error", "<script>"), STATE], ErrorKind::Misconfigured, Action::Operator, "unknown_error_code"),
];

#[tokio::test]
async fn an_answer_that_is_not_to_this_request_or_not_good_costs_okta_nothing() {
    let (okta, client) = org(json!({}), None);
    for (name, fields, kind, action, cause) in NOT_GOOD {
        let authorization = client.authorize(&request()).await.unwrap();
        let error = finish(&client, authorization, fields).await.unwrap_err();
        let found = (error.kind(), error.action(), error.cause());
        assert_eq!(found, (*kind, *action, *cause), "{name}");
    }
    assert!(okta.seen("/token").is_empty());
}

#[tokio::test]
async fn a_server_that_names_itself_must_do_so() {
    let says = json!({"authorization_response_iss_parameter_supported": true});
    let (okta, client) = org(says, None);
    let authorization = client.authorize(&request()).await.unwrap();
    let fields = [("code", "c"), ("state", "STATE")];
    let error = finish(&client, authorization.clone(), &fields).await;
    assert_eq!(error.unwrap_err().cause(), "iss_missing");

    let issuer = okta.url.as_str().trim_end_matches('/').to_owned();
    let fields = [("code", "c"), ("state", "STATE"), ("iss", &issuer)];
    let error = finish(&client, authorization, &fields).await.unwrap_err();
    assert_eq!(error.cause(), "nonce_missing", "the code was traded");
}

#[tokio::test]
async fn tokens_of_another_request_are_refused_and_revoked() {
    let fields = [("code", "c-1"), ("state", "STATE")];
    for (nonce, cause) in [(Value::Null, "nonce_missing"), (json!("theirs"), "nonce_differs")] {
        let (okta, client) = org(json!({}), Some(nonce));
        let authorization = client.authorize(&request()).await.unwrap();
        let error = finish(&client, authorization, &fields).await.unwrap_err();
        assert_eq!((error.kind(), error.cause()), (ErrorKind::InvalidToken, cause));
        assert_eq!(okta.seen("/revoke").len(), 1, "{cause}");
    }
}

#[tokio::test]
async fn a_code_is_sent_once_whatever_comes_of_it() {
    let okta = Okta::start(|seen, _| {
        let is_token = seen.path.ends_with("/token");
        is_token.then(|| refusal(503, "server_error", ""))
    });
    let (client, _) = okta.client();
    let authorization = client.authorize(&request()).await.unwrap();
    let verifier_hash = parameter(&authorization, "code_challenge");
    let fields = [("code", "c-1"), ("state", "STATE")];
    let error = finish(&client, authorization, &fields).await.unwrap_err();
    assert!(error.is_uncertain());
    let sent = okta.seen("/token");
    assert_eq!(sent.len(), 1);
    let form = &sent[0].form;
    let expected = [
        ("grant_type", "authorization_code"),
        ("code", "c-1"),
        ("redirect_uri", CALLBACK),
        ("client_id", CLIENT),
    ];
    for (name, value) in expected {
        assert_eq!(form[name], value);
    }
    assert!(form["code_verifier"].len() == 43 && form["code_verifier"] != verifier_hash);
    assert!(!form.contains_key("scope") && !form.contains_key("acr_values"));
}

#[tokio::test]
async fn every_request_is_its_own_and_shows_nothing_of_it() {
    let (_okta, client) = org(json!({}), None);
    let [one, other] = [
        client.authorize(&request()).await.unwrap(),
        client.authorize(&request()).await.unwrap(),
    ];
    for name in ["state", "nonce", "code_challenge"] {
        let (one, other) = (parameter(&one, name), parameter(&other, name));
        assert!(one != other && one.len() >= 43, "{name}");
    }
    let answer = AuthorizationAnswer::parse(&query(&one, &[("state", "STATE"), ("code", "c-1")]));
    assert!(one.pending.is_answered_by(&answer) && !other.pending.is_answered_by(&answer));
    assert!(one.pending.is_same(&one.pending.save().restore()));
    assert!(!one.pending.is_same(&other.pending));
    assert_eq!(answer.label(), Some("tab-1"));
    assert_eq!(AuthorizationAnswer::parse("state=plain").label(), None);

    let hinted = AuthorizationRequest {
        login_hint: Some("robin@example.test".to_owned()),
        ..request()
    };
    let shown = format!("{one:?} {answer:?} {hinted:?} {:?}", one.pending.save());
    let secrets = ["state", "nonce", "code_challenge"].map(|name| parameter(&one, name));
    assert!(!shown.contains("c-1") && !shown.contains("robin"), "{shown}");
    assert!(!secrets.iter().any(|secret| shown.contains(&**secret)), "{shown}");
}

#[tokio::test]
async fn an_org_without_those_pages_is_told_before_anybody_leaves() {
    let (_okta, client) = org(
        json!({"authorization_endpoint": null, "end_session_endpoint": null}),
        None,
    );
    let error = client.authorize(&request()).await.unwrap_err();
    assert_eq!(error.cause(), "authorization_endpoint_missing");
    let hint = okta_direct_auth::IdToken::new(SUB);
    let error = client.end_session(&hint, CALLBACK, "s").await.unwrap_err();
    assert_eq!(error.cause(), "end_session_endpoint_missing");
}
