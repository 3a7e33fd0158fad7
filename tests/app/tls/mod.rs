//! What comes before HTTP: TLS of the service's own, and the PROXY protocol. `PORTICO_TESTS_TLS=1` runs the tests of
//! other folders through TLS, too.

mod check;
mod handshakes;
mod programs;
mod proxy_protocol;
mod renewal;

use std::sync::Arc;

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::support::{Browser, Builder, Certificates, TestApp, connect, free_port};

/// A service with TLS of its own, at https://localhost:PORT.
struct TlsApp {
    app: TestApp,
    certificates: Certificates,
}

impl TlsApp {
    /// None where openssl is missing.
    async fn spawn() -> Option<Self> {
        Self::spawn_with(TestApp::builder()).await
    }

    async fn spawn_with(builder: Builder) -> Option<Self> {
        let certificates = Certificates::new()?;
        certificates.issue("server", "localhost", "20");
        let port = free_port();
        let app = builder
            .set("public_url", &format!("https://localhost:{port}"))
            .set("listen", &format!("127.0.0.1:{port}"))
            .set("tls.cert_file", &certificates.named("server.pem"))
            .set("tls.key_file", &certificates.named("server.key"))
            .spawn()
            .await;
        Some(Self { app, certificates })
    }

    /// A browser that trusts the authority.
    fn browser(&self) -> Browser {
        let client = reqwest::Client::builder()
            .no_proxy()
            .pool_max_idle_per_host(0)
            .redirect(reqwest::redirect::Policy::none())
            .resolve("localhost", ([127, 0, 0, 1], 0).into())
            .tls_backend_preconfigured(self.certificates.client(&["h2", "http/1.1"]))
            .build()
            .unwrap();
        Browser::new(client, self.app.base())
    }

    async fn connects(&self) -> TlsStream<TcpStream> {
        let stream = connect(self.app.port()).await;
        shakes_hands(stream, self.certificates.client(&[])).await.unwrap()
    }
}

async fn shakes_hands(stream: TcpStream, client: ClientConfig) -> std::io::Result<TlsStream<TcpStream>> {
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(client)).connect(name, stream).await
}
