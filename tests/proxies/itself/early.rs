//! A portal that answers before the request is complete.

use super::raw_portal::RawPortal;
use crate::scene::Scene;
use crate::support::secs;
use crate::uploads::{trickles, uploads};

const NO: &str = "HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nNO";
const LAST: &str = "HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\nConnection: close\r\n\r\nNO";

#[tokio::test]
async fn sec_308_its_answer_is_seen_by_whoever_goes_on_uploading() {
    for answer in [NO, LAST] {
        let portal = RawPortal::saying(Some(answer), 0).await;
        let scene = portal.scene(&[]).await;
        let browser = scene.signed_in().await;
        let lines = format!("POST /orders\r\n{}\r\n", Scene::cookie(&browser));
        let seen = uploads(&scene, &lines, 1_000_000).await;
        assert!(seen.starts_with("HTTP/1.1 413"), "{seen}");
    }
}

#[tokio::test]
async fn sec_308_nobody_holds_a_connection_that_it_has_answered() {
    let portal = RawPortal::saying(Some(NO), 0).await;
    let scene = portal.scene(&[]).await;
    let browser = scene.signed_in().await;
    let (port, cookie) = (scene.port, Scene::cookie(&browser));
    let head =
        format!("POST /orders HTTP/1.1\r\nHost: localhost:{port}\r\n{cookie}\r\nTransfer-Encoding: chunked\r\n\r\n");
    let answer = trickles(port, &head, "1\r\na\r\n", secs(1)).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
}
