//! `HAProxy` that passes on TCP: it says by the PROXY protocol who the client is, and the service terminates TLS.

use std::process::Command;

use okta_sim::Endpoint;

use crate::programs::is_here;
use crate::support::{Browser, Certificates, Running, builder_behind_proxy, eventually, free_port, metric};

/// An address of this machine that nobody trusts.
const CLIENT: [u8; 4] = [127, 0, 0, 9];

#[tokio::test]
async fn sec_117_haproxy_names_the_client_by_version_1() {
    names_the_client("v1", "send-proxy").await;
}

#[tokio::test]
async fn sec_117_haproxy_names_the_client_by_version_2() {
    names_the_client("v2", "send-proxy-v2").await;
}

/// With everything that it can say besides.
#[tokio::test]
async fn sec_117_haproxy_names_the_client_and_more() {
    let more = "send-proxy-v2 proxy-v2-options ssl,cert-cn,ssl-cipher,authority,crc32c,unique-id";
    names_the_client("v2", more).await;
}

async fn names_the_client(version: &str, sends: &str) {
    let (Some(certificates), true) = (Certificates::new(), is_here("haproxy", &["-v"])) else {
        return;
    };
    certificates.issue("server", "localhost", "20");
    let (front, own) = (free_port(), free_port());
    let app = builder_behind_proxy()
        .set("limits.proxy_protocol", version)
        .set("public_url", &format!("https://localhost:{front}"))
        .set("listen", &format!("127.0.0.1:{own}"))
        .set("tls.cert_file", &certificates.named("server.pem"))
        .set("tls.key_file", &certificates.named("server.key"))
        .spawn()
        .await;
    let configuration = format!(
        "defaults\n  mode tcp\n  timeout connect 5s\n  timeout client 30s\n  timeout server 30s\n\
         listen front\n  bind 127.0.0.1:{front}\n  unique-id-format %ci-%ts\n\
         \x20 option httpchk\n  http-check send meth GET uri /signed-out ver HTTP/1.1 hdr Host localhost:{front}\n\
         \x20 http-check expect status 200\n\
         \x20 server portico 127.0.0.1:{own} {sends} check inter 200ms check-ssl verify none check-send-proxy\n"
    );
    std::fs::write(certificates.path("haproxy.cfg"), configuration).unwrap();
    let mut haproxy = Command::new("haproxy");
    haproxy.arg("-f").arg(certificates.path("haproxy.cfg"));
    let haproxy = Running::start(haproxy);
    let client = reqwest::Client::builder()
        .no_proxy()
        .pool_max_idle_per_host(0)
        .redirect(reqwest::redirect::Policy::none())
        .resolve("localhost", ([127, 0, 0, 1], 0).into())
        .local_address(std::net::IpAddr::from(CLIENT))
        .tls_backend_preconfigured(certificates.client(&["http/1.1"]))
        .build()
        .unwrap();
    let browser = Browser::new(client.clone(), app.base()).with_header("x-forwarded-for", "203.0.113.9");
    eventually("HAProxy", async || {
        let answer = client.get(format!("{}/signed-out", app.base())).send().await;
        answer.is_ok_and(|answer| answer.status() == 200)
    })
    .await;
    browser.begins("password@example.com").await.leads_to(app.base());
    assert!(app.asked(Endpoint::Token) > 0);
    let requests = app.okta().requests();
    let told: Vec<&String> = requests
        .iter()
        .filter_map(|request| request.headers.get("x-forwarded-for"))
        .collect();
    assert!(
        !told.is_empty() && told.iter().all(|address| *address == "127.0.0.9"),
        "{told:?}: {}",
        haproxy.complaints()
    );
    // Its own checks, in which it speaks for itself, are answered as well.
    let complaints = haproxy.complaints();
    assert!(!complaints.contains("is DOWN"), "{complaints}");
    let refused = "portico_connections_refused_total{reason=\"proxy_header\"}";
    assert_eq!(metric(&app.metrics().await, refused), 0);
}
