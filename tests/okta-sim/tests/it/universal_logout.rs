//! Logout orders, as an application receives them.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    sync::mpsc,
    thread,
};

use okta_sim::{CUSTOM_SERVER, Error, Misuse, SubjectFormat, TokenFlaw, UniversalLogout};
use serde_json::{Value, json};
use url::Url;

use crate::{
    org::Org,
    tokens::{is_signed, part},
};

struct Received {
    head: String,
    body: Value,
}

impl Received {
    fn token(&self) -> String {
        let mut lines = self.head.lines();
        let line = lines.find_map(|line| line.strip_prefix("authorization: Bearer "));
        line.unwrap().to_owned()
    }
}

/// An application that gives these answers, one after the other.
fn application(answers: Vec<&'static str>) -> (Url, mpsc::Receiver<Received>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, received) = mpsc::channel();
    thread::spawn(move || {
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") {
                reader.read_line(&mut head).unwrap();
            }
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            let mut body = vec![0; length.unwrap().parse().unwrap()];
            reader.read_exact(&mut body).unwrap();
            let body = serde_json::from_slice(&body).unwrap();
            sender.send(Received { head, body }).unwrap();
            let answer = format!("HTTP/1.1 {answer}\r\nconnection: close\r\n\r\n");
            stream.write_all(answer.as_bytes()).unwrap();
        }
    });
    let url = format!("http://{address}/auth/global-token-revocation?x=1#y");
    (url.parse().unwrap(), received)
}

const DONE: &str = "204 No Content";

#[tokio::test]
async fn an_order_is_signed_names_the_parties_and_the_user() {
    let org = Org::start().await;
    let (url, received) = application(vec![DONE; 3]);
    org.register_universal_logout(UniversalLogout::at(url.clone()));
    let sub = "00uSIMpush0000000000";
    let names = [
        (
            SubjectFormat::Email,
            json!({"format": "email", "email": "push@example.com"}),
        ),
        (
            SubjectFormat::IssSub,
            json!({"format": "iss_sub", "iss": org.issuer(), "sub": sub}),
        ),
        (SubjectFormat::Opaque, json!({"format": "opaque", "id": sub})),
    ];
    let mut ids = Vec::new();
    for (format, name) in names {
        let answer = org.end_sessions("push", format).await.unwrap();
        assert_eq!(answer.status, 204);
        let got = received.recv().unwrap();
        assert!(
            got.head
                .starts_with("POST /auth/global-token-revocation?x=1 HTTP/1.1\r\n")
        );
        assert!(got.head.contains("content-type: application/json\r\n"));
        assert_eq!(got.body, json!({ "sub_id": name }));
        let token = got.token();
        assert_eq!(part(&token, 0)["typ"], "global-token-revocation+jwt");
        assert!(is_signed(&org, &token).await);
        let claims = part(&token, 1);
        let now = org.now().as_second();
        assert_eq!(claims["iss"], org.issuer());
        assert_eq!(claims["sub"], "portico-demo");
        let audience = url.as_str().split('?').next().unwrap();
        assert_eq!(claims["aud"], audience);
        assert_eq!(claims["iat"], now);
        assert_eq!(claims["exp"], now + 300);
        assert_eq!(claims["nbf"], now - 300);
        ids.push(claims["jti"].as_str().unwrap().to_owned());
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 3);
}

#[tokio::test]
async fn an_order_may_come_from_a_custom_server_and_be_flawed() {
    let org = Org::start().await;
    org.register_universal_logout(UniversalLogout {
        client_id: "portico-mfa".to_owned(),
        server: Some(CUSTOM_SERVER.to_owned()),
        ..UniversalLogout::at("http://localhost:1/x".parse().unwrap())
    });
    let order = || org.logout_order("push", SubjectFormat::IssSub).unwrap();
    let claims = part(&order().token, 1);
    assert_eq!(claims["iss"], org.custom_issuer(CUSTOM_SERVER));
    assert_eq!(claims["sub"], "portico-mfa");
    org.set_switch(|on| on.token_flaw = TokenFlaw::WrongKey);
    assert!(!is_signed(&org, &order().token).await);
    org.set_switch(|on| on.token_flaw = TokenFlaw::AlgNone);
    assert_eq!(
        part(&order().token, 0),
        json!({"alg": "none", "typ": "global-token-revocation+jwt"})
    );
}

#[tokio::test]
async fn unknown_answers_to_a_logout_order_count_as_misuse() {
    let org = Org::start().await;
    let cases = [
        (DONE, true),
        ("400 Bad Request", true),
        ("401 Unauthorized\r\nwww-authenticate: Bearer", true),
        ("401 Unauthorized", false),
        ("403 Forbidden", true),
        ("404 Not Found", true),
        ("422 Unprocessable Content", true),
        ("200 OK", false),
        ("202 Accepted", false),
        ("302 Found\r\nlocation: http://localhost:1/", false),
        ("500 Internal Server Error", false),
    ];
    let (url, _received) = application(cases.iter().map(|(answer, _)| *answer).collect());
    org.register_universal_logout(UniversalLogout::at(url));
    let mut wrong = 0;
    for (answer, is_right) in cases {
        let got = org.end_sessions("push", SubjectFormat::Email).await;
        assert_eq!(got.unwrap().status.to_string(), answer[..3]);
        wrong += usize::from(!is_right);
        assert_eq!(org.unexpected().len(), wrong, "{answer}");
    }
    org.allow_unexpected(Misuse::LogoutAnswer);
}

#[tokio::test]
async fn without_an_address_an_account_or_an_answer_there_is_an_error() {
    let org = Org::start().await;
    let ordered = async |login: &str| org.end_sessions(login, SubjectFormat::Email).await;
    assert!(matches!(ordered("push").await, Err(Error::NoEndpoint)));
    let gone = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", gone.local_addr().unwrap());
    drop(gone);
    org.register_universal_logout(UniversalLogout::at(url.parse().unwrap()));
    assert!(matches!(ordered("nobody").await, Err(Error::NoSuchAccount)));
    assert!(matches!(ordered("push").await, Err(Error::Undelivered(_))));
    let page = org.get("/phone/push@example.com").await.body;
    assert!(page.contains("Answered no answer at"), "{page}");
}

#[tokio::test]
async fn universal_logout_can_be_controlled_over_http_and_by_the_button() {
    let org = Org::start().await;
    let (url, received) = application(vec![DONE; 3]);
    let page = async || org.get("/phone/push@example.com").await.body;
    assert!(!page().await.contains("Universal Logout"));
    let end = |body: Value| org.send(org.http.post(org.at("/sim/accounts/push/end-sessions")).json(&body));
    assert_eq!(end(json!({})).await.status, 409);
    let target = json!({ "url": url });
    let registered = org.http.post(org.at("/sim/universal-logout")).json(&target);
    assert_eq!(org.send(registered).await.status, 204);
    let shown = org.get("/sim/universal-logout").await.json();
    assert_eq!(shown["client_id"], "portico-demo");
    assert!(page().await.contains("End all sessions (Universal Logout)"));

    assert_eq!(end(json!({})).await.json(), json!({ "status": 204 }));
    assert_eq!(received.recv().unwrap().body["sub_id"]["format"], "email");
    let format = json!({ "format": "iss_sub" });
    assert_eq!(end(format).await.json(), json!({ "status": 204 }));
    assert_eq!(received.recv().unwrap().body["sub_id"]["format"], "iss_sub");
    assert_eq!(end(json!({ "format": "owl" })).await.status, 400);

    let button = org
        .http
        .post(org.at("/phone/push@example.com/end-sessions"))
        .form(&[("format", "email")]);
    let pressed = org.send(button).await;
    assert_eq!(
        (pressed.status, pressed.header("location").as_str()),
        (303, "/phone/push@example.com")
    );
    assert_eq!(received.recv().unwrap().body["sub_id"]["format"], "email");
    assert!(page().await.contains("Answered 204 at 00:00:00"));
    let again = org.send(org.http.post(org.at("/sim/reset"))).await;
    assert_eq!(again.status, 204);
    assert!(page().await.contains("End all sessions"), "it stays registered");
}
