//! A new certificate while the service runs: by itself when the files change, and on SIGHUP.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use super::{TlsApp, shakes_hands};
use crate::support::{Certificates, Served, TestApp, connect, eventually, free_port, metric, secs};

/// The certificate that new connections on this port get.
async fn shown(port: u16, certificates: &Certificates) -> Vec<u8> {
    let stream = connect(port).await;
    let stream = shakes_hands(stream, certificates.client(&[])).await.unwrap();
    let certificates = stream.get_ref().1.peer_certificates().unwrap();
    certificates[0].to_vec()
}

/// The certificate in this file, as it is sent.
fn in_file(certificates: &Certificates, name: &str) -> Vec<u8> {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject as _;
    CertificateDer::from_pem_file(certificates.path(name)).unwrap().to_vec()
}

/// Waits until the service has refused this many new certificates.
async fn refuses(app: &TestApp, times: u64) {
    eventually("a refusal", async || {
        app.advance(secs(11));
        let series = "portico_tls_certificate_reloads_total{result=\"refused\"}";
        metric(&app.metrics().await, series) == times
    })
    .await;
}

/// Sends a request on a connection that stays open, and reads its answer.
async fn is_answered(connection: &mut TlsStream<TcpStream>, port: u16) {
    let request = format!("HEAD /signed-out HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n");
    connection.write_all(request.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(connection.read_u8().await.unwrap());
    }
    assert!(head.starts_with(b"HTTP/1.1 200"));
}

fn expiry(metrics: &str) -> i64 {
    let name = "portico_tls_certificate_expiry_timestamp_seconds ";
    let line = metrics.lines().find_map(|line| line.strip_prefix(name));
    line.expect("the expiry").parse().unwrap()
}

#[tokio::test]
async fn a_renewed_certificate_is_for_new_connections_and_a_broken_one_for_none() {
    let Some(tls) = TlsApp::spawn().await else { return };
    let (app, certificates) = (&tls.app, &tls.certificates);
    let port = app.port();
    let first = in_file(certificates, "server.pem");
    assert_eq!(shown(port, certificates).await, first);
    assert_eq!(
        expiry(&app.metrics().await),
        certificates.expiry("server.pem").as_second()
    );
    let mut old = tls.connects().await;
    // The service has seen the end of the handshake, too: the clock may move.
    is_answered(&mut old, port).await;

    certificates.issue("server", "localhost", "40");
    let second = in_file(certificates, "server.pem");
    eventually("the second certificate", async || {
        app.advance(secs(11));
        // An idle connection would be closed before a slow machine has noticed the change.
        is_answered(&mut old, port).await;
        shown(port, certificates).await == second
    })
    .await;
    assert_eq!(
        expiry(&app.metrics().await),
        certificates.expiry("server.pem").as_second()
    );
    // A connection goes on with what it began with.
    is_answered(&mut old, port).await;

    // Half of a renewal, a file that is cut off, and none at all.
    let good = [".pem", ".key"].map(|ending| fs::read(certificates.path(&format!("server{ending}"))).unwrap());
    certificates.issue("other", "localhost", "40");
    fs::copy(certificates.path("other.pem"), certificates.path("server.pem")).unwrap();
    refuses(app, 1).await;
    assert_eq!(shown(port, certificates).await, second, "the key is that of another");
    fs::write(certificates.path("server.pem"), &good[0][..100]).unwrap();
    refuses(app, 2).await;
    assert_eq!(shown(port, certificates).await, second, "cut off");
    fs::remove_file(certificates.path("server.key")).unwrap();
    refuses(app, 3).await;
    assert_eq!(shown(port, certificates).await, second, "gone");

    // And then it is right.
    fs::copy(certificates.path("other.pem"), certificates.path("server.pem")).unwrap();
    fs::copy(certificates.path("other.key"), certificates.path("server.key")).unwrap();
    let third = in_file(certificates, "server.pem");
    eventually("the third certificate", async || {
        app.advance(secs(11));
        shown(port, certificates).await == third
    })
    .await;
}

/// Kubernetes replaces the files of a secret by turning one link.
#[tokio::test]
async fn a_secret_whose_link_is_turned_is_noticed() {
    let Some(certificates) = Certificates::new() else {
        return;
    };
    for (folder, days) in [("first", "20"), ("second", "30")] {
        fs::create_dir(certificates.path(folder)).unwrap();
        certificates.issue(&format!("{folder}/tls"), "localhost", days);
    }
    symlink("first", certificates.path("..data")).unwrap();
    for name in ["tls.pem", "tls.key"] {
        symlink(format!("..data/{name}"), certificates.path(name)).unwrap();
    }
    let port = free_port();
    let app = TestApp::builder()
        .set("public_url", &format!("https://localhost:{port}"))
        .set("listen", &format!("127.0.0.1:{port}"))
        .set("tls.cert_file", &certificates.named("tls.pem"))
        .set("tls.key_file", &certificates.named("tls.key"))
        .spawn()
        .await;
    assert_eq!(
        shown(port, &certificates).await,
        in_file(&certificates, "first/tls.pem")
    );
    symlink("second", certificates.path("..data_tmp")).unwrap();
    fs::rename(certificates.path("..data_tmp"), certificates.path("..data")).unwrap();
    eventually("the second certificate", async || {
        app.advance(secs(11));
        shown(port, &certificates).await == in_file(&certificates, "second/tls.pem")
    })
    .await;
}

/// The process itself: SIGHUP, and one line in the log each way.
#[tokio::test]
async fn a_hang_up_reads_the_certificate_at_once() {
    let Some(certificates) = Certificates::new() else {
        return;
    };
    certificates.issue("server", "localhost", "20");
    let files = ["server.pem", "server.key"].map(|name| certificates.named(name));
    let settings = [
        ("TLS__CERT_FILE", files[0].as_str()),
        ("TLS__KEY_FILE", files[1].as_str()),
    ];
    let served = Served::start_with(okta_sim::Settings::default(), &settings).await;
    let port: u16 = served.base.rsplit(':').next().unwrap().parse().unwrap();
    let reloads = async |words: &str| {
        let before = served.process.complaints().len();
        served.process.send_sighup();
        let log = || served.process.complaints()[before..].to_owned();
        eventually(words, async || log().contains(words)).await;
        log()
    };
    let first = in_file(&certificates, "server.pem");
    certificates.issue("server", "localhost", "30");
    let log = reloads("the settings were reloaded").await;
    assert!(log.contains("tls.cert_file names a file with other content"), "{log}");
    let second = in_file(&certificates, "server.pem");
    assert_ne!(first, second);
    assert_eq!(shown(port, &certificates).await, second);
    // The key of another: told, and the one in use stays.
    certificates.issue("other", "localhost", "30");
    fs::copy(certificates.path("other.key"), certificates.path("server.key")).unwrap();
    let log = reloads("the settings were not reloaded; those in use stay").await;
    assert!(
        log.contains("is not the certificate of the key in tls.key_file"),
        "{log}"
    );
    assert_eq!(shown(port, &certificates).await, second);
    // One that has expired is worse than one that has not.
    certificates.issue("server", "localhost", "0");
    let log = reloads("the settings were not reloaded; those in use stay").await;
    assert!(log.contains("that expired at"), "{log}");
    assert_eq!(shown(port, &certificates).await, second);
    // Other rights are no reason to go on with an old certificate for ever, but to say so.
    certificates.issue("server", "localhost", "30");
    let open = fs::Permissions::from_mode(0o644);
    fs::set_permissions(certificates.path("server.key"), open).unwrap();
    let log = reloads("the settings were not reloaded; those in use stay").await;
    assert!(log.contains("everyone on this machine may read"), "{log}");
}
