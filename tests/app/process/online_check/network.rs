//! The way to Okta: names, ports and certificates.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use okta_sim::{Settings, Simulator};
use serde_json::{Value, json};

use super::tls_server::TlsServer;
use super::{Setting, check, check_org};
use crate::support::free_port;

/// The settings of an org that is not there.
fn away(org: &str) -> Vec<Setting<'_>> {
    vec![
        ("public_url", "http://localhost:8080"),
        ("okta.org_url", org),
        ("okta.client_id", "portico-demo"),
        ("store.kind", "memory"),
    ]
}

#[test]
fn a_name_without_an_address_and_a_port_without_a_listener_are_told_apart() {
    check(&away("https://no-such-host.invalid")).is("name", "okta-name-unresolved");
    let port = free_port();
    for org in [format!("http://localhost:{port}"), format!("https://localhost:{port}")] {
        let checked = check(&away(&org));
        checked.is(&org, "okta-unreachable");
        assert!(checked.text().contains("refused"), "{}", checked.text());
    }
}

#[tokio::test]
async fn a_certificate_is_trusted_by_its_authority_and_its_issuer_is_named() {
    let server = TlsServer::start("localhost");
    let Some(server) = server else { return };
    let org = server.org();
    let settings = Settings {
        base_url: Some(org.parse().unwrap()),
        ..Settings::default()
    };
    let okta = Simulator::start(settings).await.unwrap();
    server.leads_to(okta.port());
    let checked = check(&away(&org));
    checked.is("untrusted", "okta-tls-untrusted");
    assert!(
        checked
            .text()
            .contains("issued by Portico test authority (Example Corp)"),
        "{}",
        checked.text()
    );
    assert!(checked.text().contains("okta.ca_file"), "{}", checked.text());
    check_org(&okta, &[("okta.ca_file", server.authority())]).is_well("trusted");
}

#[test]
fn a_certificate_for_another_name_is_refused() {
    let Some(server) = TlsServer::start("other.example.com") else {
        return;
    };
    let org = server.org();
    let checked = check(&[away(&org), vec![("okta.ca_file", server.authority())]].concat());
    checked.is("other name", "okta-tls-failed");
}

/// A server that gives every request this answer. Returns its address.
pub(super) fn answering(answer: impl Fn(u16) -> String + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 4096];
            // OK to ignore because the client may have gone.
            let _ = stream.read(&mut request);
            let _ = stream.write_all(answer(port).as_bytes());
        }
    });
    format!("http://localhost:{port}")
}

fn http(status: &str, media_type: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: {media_type}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
}

/// The discovery document of an org at this port, with one member replaced.
fn document(port: u16, member: &str, value: Value) -> String {
    let at = |name: &str| format!("http://localhost:{port}/oauth2/v1/{name}");
    let mut document = json!({
        "issuer": format!("http://localhost:{port}"),
        "token_endpoint": at("token"),
        "jwks_uri": at("keys"),
        "revocation_endpoint": at("revoke"),
        "introspection_endpoint": at("introspect"),
        "userinfo_endpoint": at("userinfo"),
    });
    document[member] = value;
    http("200 OK", "application/json", &document.to_string())
}

#[test]
fn what_is_not_an_org_or_none_for_these_settings_is_told() {
    const PAGE: &str = "<!doctype html><title>Welcome</title>";
    let page = answering(|_| http("200 OK", "text/html", PAGE));
    check(&away(&page)).is("a page", "okta-not-an-org");
    let nothing = answering(|_| http("404 Not Found", "text/html", PAGE));
    check(&away(&nothing)).is("nothing there", "okta-not-an-org");
    let elsewhere = json!("https://login.example.com/oauth2/v1/token");
    let elsewhere = answering(move |port| document(port, "token_endpoint", elsewhere.clone()));
    check(&away(&elsewhere)).is("elsewhere", "okta-endpoints-elsewhere");
    let algorithm = answering(|port| document(port, "id_token_signing_alg_values_supported", json!(["ES256"])));
    check(&away(&algorithm)).is("another algorithm", "okta-discovery-unusable");
}

#[test]
fn a_port_that_does_not_speak_tls_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            // OK to ignore because the client may have gone.
            let _ = stream.unwrap().write_all(b"220 mail.example.com ESMTP\r\n");
        }
    });
    check(&away(&format!("https://localhost:{port}"))).is("not TLS", "okta-tls-failed");
}
