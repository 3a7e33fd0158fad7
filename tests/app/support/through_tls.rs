//! The service with TLS of its own, for another pass of `tests/run`: the same bytes are sent to the same port, and a
//! relay there wraps them in TLS.

use std::net::Ipv4Addr;
use std::sync::{Arc, LazyLock};

use rustls::pki_types::ServerName;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;

use super::certificates::Certificates;

/// When it is set, every service under test speaks TLS.
const TLS: &str = "PORTICO_TESTS_TLS";

static CERTIFICATES: LazyLock<Option<Certificates>> = LazyLock::new(|| {
    std::env::var_os(TLS)?;
    let certificates = Certificates::new().expect("openssl");
    certificates.issue("server", "localhost", "30");
    Some(certificates)
});

/// The settings of TLS, in that pass.
pub(super) fn settings() -> Option<[(&'static str, String); 2]> {
    let certificates = CERTIFICATES.as_ref()?;
    Some([
        ("tls.cert_file", certificates.named("server.pem")),
        ("tls.key_file", certificates.named("server.key")),
    ])
}

/// Accepts connections on a port, and passes each on to another port under TLS.
pub(super) async fn relay(port: u16, to: u16) -> JoinHandle<()> {
    let certificates = CERTIFICATES.as_ref().expect("a pass through TLS");
    let connector = TlsConnector::from(Arc::new(certificates.client(&["http/1.1"])));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.unwrap();
    tokio::spawn(async move {
        loop {
            let (mut client, _) = listener.accept().await.unwrap();
            let connector = connector.clone();
            tokio::spawn(async move {
                // OK to ignore because either side may go away in the middle, and the other side notices.
                if let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, to)).await
                    && let Ok(mut server) = connector
                        .connect(ServerName::try_from("localhost").unwrap(), server)
                        .await
                {
                    let _ = copy_bidirectional(&mut client, &mut server).await;
                }
            });
        }
    })
}
