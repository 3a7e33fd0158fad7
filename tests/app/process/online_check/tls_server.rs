//! TLS in front of a simulator, with a certificate of an authority that nobody knows.

use std::io::{self, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use tempfile::TempDir;

const REQUIRE_ALL: &str = "PORTICO_TESTS_REQUIRE_ALL";

#[derive(Debug)]
pub(super) struct TlsServer {
    port: u16,
    /// The port that requests are passed on to.
    target: Arc<AtomicU16>,
    authority: String,
    _folder: TempDir,
}

impl TlsServer {
    /// None where openssl is missing, and that is allowed.
    pub(super) fn start(host: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        if !make_certificates(folder.path(), host) {
            assert!(std::env::var_os(REQUIRE_ALL).is_none(), "openssl is not installed");
            let _ = writeln!(
                io::stderr(),
                "skipped: a test of TLS needs openssl; ./tests/run installs it"
            );
            return None;
        }
        let file = |name: &str| folder.path().join(name);
        let certificate = CertificateDer::from_pem_file(file("server.pem")).unwrap();
        let key = PrivateKeyDer::from_pem_file(file("server.key")).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .unwrap();
        let (config, target) = (Arc::new(config), Arc::new(AtomicU16::new(0)));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let passed_on = Arc::clone(&target);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (config, target) = (Arc::clone(&config), passed_on.load(Ordering::Acquire));
                std::thread::spawn(move || pass_on(stream.unwrap(), config, target));
            }
        });
        Some(Self {
            port,
            target,
            authority: file("authority.pem").to_str().unwrap().to_owned(),
            _folder: folder,
        })
    }

    pub(super) fn org(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    pub(super) fn leads_to(&self, port: u16) {
        self.target.store(port, Ordering::Release);
    }

    /// The file with the certificate of the authority.
    pub(super) fn authority(&self) -> &str {
        &self.authority
    }
}

/// Passes one request after the other on, as each comes in one piece and its answer ends the connection behind.
fn pass_on(stream: TcpStream, config: Arc<ServerConfig>, target: u16) {
    let mut tls = StreamOwned::new(ServerConnection::new(config).unwrap(), stream);
    let Ok(mut plain) = TcpStream::connect(("127.0.0.1", target)) else {
        // Only the handshake is wanted.
        let _ = tls.conn.complete_io(&mut tls.sock);
        return;
    };
    let wait = Some(Duration::from_millis(20));
    plain.set_read_timeout(wait).unwrap();
    tls.sock.set_read_timeout(wait).unwrap();
    while copied(&mut tls, &mut plain) && copied(&mut plain, &mut tls) {}
}

/// Copies what is there; whether more may come.
fn copied(from: &mut impl io::Read, to: &mut impl io::Write) -> bool {
    let mut buffer = [0; 16 * 1024];
    match from.read(&mut buffer) {
        Ok(0) => false,
        Ok(read) => to.write_all(&buffer[..read]).and_then(|()| to.flush()).is_ok(),
        Err(error) => matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut),
    }
}

/// An authority, and a certificate by it. Whether openssl is there.
fn make_certificates(folder: &Path, host: &str) -> bool {
    let new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
    let openssl = |arguments: &[&str]| {
        let made = Command::new("openssl").args(arguments).current_dir(folder).output();
        made.inspect(|made| assert!(made.status.success(), "{made:?}")).is_ok()
    };
    let authority = [
        "req",
        "-x509",
        "-days",
        "2",
        "-subj",
        "/O=Example Corp/CN=Portico test authority",
    ];
    let authority_files = ["-keyout", "authority.key", "-out", "authority.pem"];
    let subject = format!("/CN={host}");
    let request = ["req", "-subj", &subject, "-keyout", "server.key", "-out", "server.csr"];
    std::fs::write(folder.join("server.ext"), format!("subjectAltName=DNS:{host}\n")).unwrap();
    openssl(&[&authority[..], &new_key, &authority_files].concat())
        && openssl(&[&request[..], &new_key].concat())
        && openssl(&[
            "x509",
            "-req",
            "-days",
            "2",
            "-in",
            "server.csr",
            "-CA",
            "authority.pem",
            "-CAkey",
            "authority.key",
            "-CAcreateserial",
            "-extfile",
            "server.ext",
            "-out",
            "server.pem",
        ])
}
