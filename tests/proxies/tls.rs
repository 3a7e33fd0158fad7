//! TLS, and HTTP/2 where the proxy speaks it: names and hosts arrive in another way there.

use std::process::Command;

use crate::certificates::certificate;
use crate::portal::{Portal, Request};
use crate::programs::is_here;
use crate::recipe::{Kind, Program as _, Recipe};
use crate::support::{Running, builder_behind_proxy, eventually, free_port};

#[tokio::test]
async fn nginx_decides_the_same_over_tls() {
    decides_the_same(Kind::Nginx, "1.1").await;
}

#[tokio::test]
async fn caddy_decides_the_same_over_tls() {
    decides_the_same(Kind::Caddy, "2").await;
}

#[tokio::test]
async fn haproxy_decides_the_same_over_tls() {
    decides_the_same(Kind::Haproxy, "2").await;
}

/// The answer that curl got: HTTP version, status, location, body.
async fn curl(address: &str, lines: &[&str]) -> [String; 4] {
    let mut command = Command::new("curl");
    command.args(["--silent", "--insecure", "--max-time", "10", "--noproxy", "*"]);
    command.args(["--write-out", "\n%{http_version}\n%{http_code}\n%{redirect_url}"]);
    for line in lines {
        command.args(["--header", line]);
    }
    command.arg(address);
    let said = tokio::task::spawn_blocking(move || command.output().unwrap().stdout);
    let said = String::from_utf8(said.await.unwrap()).unwrap();
    let mut parts = said.rsplitn(4, '\n').map(str::to_owned);
    let [to, status, version, body] = [(); 4].map(|()| parts.next().unwrap_or_default());
    [version, status, to, body]
}

async fn decides_the_same(kind: Kind, version: &str) {
    let programs = [
        ("openssl", "version"),
        ("curl", "--version"),
        (kind.name(), kind.version()),
    ];
    if !programs.iter().all(|(program, argument)| is_here(program, &[argument])) {
        return;
    }
    let (portal, port, own) = (Portal::start(), free_port(), free_port());
    let origin = format!("https://localhost:{port}");
    let (public, home, listen) = (
        format!("{origin}/auth"),
        format!("{origin}/"),
        format!("127.0.0.1:{own}"),
    );
    let settings = [
        ("public_url", public.as_str()),
        ("listen", &listen),
        ("portal.home_url", &home),
        ("portal.rules", r#"[{ path = "/open", require = "public" }]"#),
    ];
    let mut builder = builder_behind_proxy();
    for (key, value) in settings {
        builder = builder.set(key, value);
    }
    let _app = builder.spawn().await;
    let recipe = Recipe {
        settings: &settings,
        portico: &listen,
        portal: &format!("127.0.0.1:{}", portal.port),
        is_behind_balancer: false,
        is_hasty: false,
    };
    let folder = tempfile::tempdir().unwrap();
    certificate(folder.path(), kind, "localhost");
    let _proxy = Running::start(kind.command(&recipe, folder.path(), false));
    eventually("the form", async || {
        curl(&format!("{public}/sign-in"), &[]).await[1] == "200"
    })
    .await;

    let open = curl(
        &format!("{origin}/open?x=1"),
        &["Portico-User: forged", "Portico_User: forged"],
    )
    .await;
    assert_eq!((open[0].as_str(), open[1].as_str()), (version, "200"), "{open:?}");
    let asked = Request::of(&open[3]);
    assert!(!open[3].contains("forged"), "{asked:?}");
    assert_eq!(asked.header("host"), format!("localhost:{port}"));
    assert_eq!(asked.header("x-forwarded-host"), format!("localhost:{port}"));
    assert_eq!(asked.header("x-forwarded-proto"), "https");
    portal.take_received();

    let page = curl(&format!("{origin}/secret"), &["Accept: text/html"]).await;
    assert!(page[2].starts_with(&format!("{public}/sign-in?to=")), "{page:?}");
    let program = curl(&format!("{origin}/secret"), &["X-Forwarded-Uri: /open"]).await;
    assert_eq!(program[1], "401", "{program:?}");
    let ambiguous = curl(&format!("{origin}/open/%2e%2e/secret"), &[]).await;
    assert_eq!(ambiguous[1], "400", "{ambiguous:?}");
    assert_eq!(portal.take_received(), Vec::<String>::new());
}
