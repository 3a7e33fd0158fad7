//! Only the offer of a WebSocket is passed on: on a connection with any other protocol, requests would bypass every
//! rule.

use crate::connections::{SOCKET, gets, reads};
use crate::portal::Request;
use crate::raw::exchange;
use crate::scene::Scene;

behind_every_proxy! {
    under_a_path:
    no_connection_becomes_anything_but_a_websocket
}

pub(crate) async fn no_connection_becomes_anything_but_a_websocket(scene: Scene) {
    let h2c = "Connection: close, Upgrade, HTTP2-Settings|Upgrade: h2c|HTTP2-Settings: AAMAAABkAAQAAP__";
    let mut handed_on = 0;
    for (method, lines) in [
        ("GET", h2c),
        ("POST", h2c),
        ("GET", "Connection: close, Upgrade|Upgrade: h2c"),
        ("GET", "Connection: close, Upgrade|Upgrade: websocket, h2c"),
    ] {
        // The portal refuses the offer with an answer of its own then.
        let lines = lines.split('|').chain(["X-No-Socket: 1"]);
        let lines: Vec<String> = lines.map(str::to_owned).collect();
        let answer = exchange(scene.port, &format!("{method} /open"), &lines).await;
        let what = format!("{method} {lines:?}: {answer:?}");
        if answer.status != 200 {
            assert!((400..500).contains(&answer.status), "{what}");
            assert_ne!(answer.body, "the portal's own", "{what}");
            continue;
        }
        handed_on += 1;
        let asked = Request::of(&answer.body);
        assert!(asked.all("upgrade").is_empty(), "{what}");
        assert!(asked.all("http2-settings").is_empty(), "{what}");
    }
    assert!(handed_on > 0, "as requests without an offer");
    let other_case = SOCKET.replace("websocket", "WebSocket");
    assert!(other_case.contains("WebSocket"));
    let mut socket = gets(&scene, "/open", &other_case).await;
    let head = reads(&mut socket, "\r\n\r\n").await;
    assert!(head.starts_with("HTTP/1.1 101"), "{head}");
}
