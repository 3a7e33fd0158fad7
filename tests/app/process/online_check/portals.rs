//! Portals that are told of ended sessions: there, away, or somewhere else.

use okta_sim::{Settings, Simulator};

use super::check_org;
use super::network::answering;
use super::tls_server::TlsServer;
use crate::support::free_port;

/// The answer of a portal that has no such page for this method.
fn not_here(_: u16) -> String {
    "HTTP/1.1 405 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_owned()
}

/// Settings with this portal.
fn target(address: &str) -> String {
    format!("portal.example.com={address}/logout")
}

#[tokio::test]
async fn a_portal_that_is_away_is_named_and_one_that_answers_is_not() {
    let okta = Simulator::start(Settings::default()).await.unwrap();
    let home = ("portal.home_url", "https://portal.example.com/");
    let nobody = target(&format!("http://127.0.0.1:{}", free_port()));
    let checked = check_org(&okta, &[home, ("portal.logout_url", &nobody)]);
    checked.is("away", "portal-unreachable");
    assert!(checked.text().contains("refused"), "{}", checked.text());
    let there = target(&answering(not_here));
    check_org(&okta, &[home, ("portal.logout_url", &there)]).is_well("there");
}

#[tokio::test]
async fn a_portal_that_redirects_is_named() {
    let okta = Simulator::start(Settings::default()).await.unwrap();
    let moved = |_| "HTTP/1.1 308 Moved\r\nLocation: /new\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_owned();
    let there = target(&answering(moved));
    let settings = [
        ("portal.home_url", "https://portal.example.com/"),
        ("portal.logout_url", &there),
    ];
    check_org(&okta, &settings).is("moved", "portal-redirects");
}

#[tokio::test]
async fn the_certificate_of_a_portal_is_trusted_by_its_authority() {
    let Some(server) = TlsServer::start("localhost") else {
        return;
    };
    let okta = Simulator::start(Settings::default()).await.unwrap();
    let there = answering(not_here);
    server.leads_to(there.rsplit(':').next().unwrap().trim_end_matches('/').parse().unwrap());
    let settings = [
        ("portal.home_url", "https://portal.example.com/"),
        ("portal.logout_url", &target(&server.org())),
    ];
    let checked = check_org(&okta, &settings);
    checked.is("untrusted", "portal-unreachable");
    assert!(checked.text().contains("UnknownIssuer"), "{}", checked.text());
    let authority = ("portal.logout_ca_file", server.authority());
    check_org(&okta, &[&settings[..], &[authority]].concat()).is_well("trusted");
}
