//! The way to Okta: names, ports and certificates.

use okta_sim::{Settings, Simulator};

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

#[test]
fn a_port_that_does_not_speak_tls_is_told() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            use std::io::Write as _;
            // OK to ignore because the client may have gone.
            let _ = stream.unwrap().write_all(b"220 mail.example.com ESMTP\r\n");
        }
    });
    check(&away(&format!("https://localhost:{port}"))).is("not TLS", "okta-tls-failed");
}
