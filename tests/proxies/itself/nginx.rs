//! A real nginx as the portal: it answers without reading bodies that it has no use for, and reads them before the next
//! request.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::portal::Portal;
use crate::programs::is_here;
use crate::raw::exchange;
use crate::scene::{Scene, under_a_path};
use crate::support::{Running, eventually, free_port, secs, status};

/// The answer that it would give if this were a separate request.
const INNER: &str = "GET /open/smuggled HTTP/1.1\r\nHost: x\r\nPortico-User: forged\r\n\r\n";

const SOCKET: &str = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                      Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
const H2C: &str = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__";

/// A portal that logs its requests.
struct Nginx {
    port: u16,
    log: PathBuf,
    _process: Running,
    _folder: TempDir,
}

impl Nginx {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (port, behind) = (free_port(), free_port());
        let at = folder.path().display();
        // nginx reads, and so can log, only a body that it passes on. The others are answered at once.
        let text = format!(
            "daemon off;\npid {at}/pid;\nerror_log stderr;\nmaster_process off;\nevents {{}}\nhttp {{\n\
             log_format asked '$connection $request [$request_body] <$http_portico_user>';\n\
             client_body_temp_path {at}/body;\nproxy_temp_path {at}/proxy;\nfastcgi_temp_path {at}/f;\n\
             uwsgi_temp_path {at}/u;\nscgi_temp_path {at}/s;\n\
             server {{\nlisten 127.0.0.1:{port};\naccess_log {at}/log asked;\n\
             location / {{ return 200 quick; }}\n\
             location /open/read {{ proxy_pass http://127.0.0.1:{behind}; }}\n}}\n\
             server {{\nlisten 127.0.0.1:{behind};\naccess_log off;\nlocation / {{ return 200 read; }}\n}}\n}}\n"
        );
        let file = folder.path().join("nginx.conf");
        fs::write(&file, text).unwrap();
        let mut command = Command::new("nginx");
        command
            .args(["-e", "stderr", "-p"])
            .arg(folder.path())
            .arg("-c")
            .arg(file);
        let process = Running::start(command);
        let log = folder.path().join("log");
        let nginx = Self {
            port,
            log,
            _process: process,
            _folder: folder,
        };
        let address = format!("http://127.0.0.1:{port}/ready");
        let is_there = eventually("nginx", async || status(&address).await == Some(200));
        is_there.await;
        nginx
    }

    /// The requests so far, without the numbers of their connections.
    fn received(&self) -> Vec<String> {
        let log = fs::read_to_string(&self.log).unwrap();
        let lines = log.lines().map(|line| line.split_once(' ').unwrap().1);
        lines
            .filter(|line| !line.contains("/ready"))
            .map(str::to_owned)
            .collect()
    }
}

/// A request whose body is itself a request, and another one behind it on the same connection.
async fn sends(scene: &Scene, first: &str, lines: &str, is_chunked: bool) -> String {
    let host = format!("Host: localhost:{}", scene.port);
    let (framing, body) = if is_chunked {
        let pieces = format!("{:x}\r\n{INNER}\r\n0\r\n\r\n", INNER.len());
        ("Transfer-Encoding: chunked".to_owned(), pieces)
    } else {
        let length = format!("Content-Length: {}", INNER.len());
        (length, INNER.to_owned())
    };
    let request = format!(
        "{first} HTTP/1.1\r\n{host}\r\n{lines}\r\n{framing}\r\n\r\n{body}\
         GET /open/behind HTTP/1.1\r\n{host}\r\nConnection: close\r\n\r\n"
    );
    let mut stream = TcpStream::connect(("127.0.0.1", scene.port)).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut heard = Vec::new();
    let end = tokio::time::timeout(secs(20), stream.read_to_end(&mut heard));
    // OK to ignore because a connection may be reset after its last answer.
    let _ = end.await.expect("the end of the connection");
    String::from_utf8(heard).unwrap()
}

#[tokio::test]
async fn sec_309_nginx_is_asked_what_was_asked_and_nothing_else() {
    if !is_here("nginx", &["-v"]) {
        return;
    }
    let nginx = Nginx::start().await;
    let upstream = format!("http://127.0.0.1:{}", nginx.port);
    let settings = [("portal.upstream", upstream.as_str())];
    let scene = Scene::alone(&under_a_path(), Portal::start(), &settings).await;
    let inner = INNER.replace('\r', "\\x0D").replace('\n', "\\x0A");
    let mut expected = Vec::new();
    for (method, place) in [("POST", "read"), ("POST", "quick"), ("GET", "read"), ("GET", "quick")] {
        // nginx logs a body where it has read it.
        let body = if place == "read" { &inner } else { "-" };
        for is_chunked in [false, true] {
            for (number, lines) in [SOCKET, H2C, "X-Plain: 1"].into_iter().enumerate() {
                let path = format!("/open/{place}/{number}");
                let heard = sends(&scene, &format!("{method} {path}"), lines, is_chunked).await;
                let answers = heard.matches("HTTP/1.1 ").count();
                let why = format!("{method} {path} {is_chunked}: {heard}");
                match number {
                    // It could not be told which bytes belong to the WebSocket.
                    0 => assert!(heard.starts_with("HTTP/1.1 400") && answers == 1, "{why}"),
                    // Taken for an ordinary request, and the last one on its connection.
                    1 => assert!(heard.starts_with("HTTP/1.1 200") && answers == 1, "{why}"),
                    _ => assert!(heard.starts_with("HTTP/1.1 200") && answers == 2, "{why}"),
                }
                if number > 0 {
                    expected.push(format!("{method} {path} HTTP/1.1 [{body}] <>"));
                }
                if number > 1 {
                    expected.push("GET /open/behind HTTP/1.1 [-] <>".to_owned());
                }
                // From another connection.
                let answer = exchange(scene.port, "GET /open/other", &[]).await;
                assert_eq!((answer.status, answer.body.as_str()), (200, "quick"), "{why}");
                expected.push("GET /open/other HTTP/1.1 [-] <>".to_owned());
            }
        }
    }
    eventually("the last line", async || nginx.received().len() >= expected.len()).await;
    assert_eq!(nginx.received(), expected);
}
