//! Certificates, made by openssl.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use jiff::Timestamp;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use tempfile::TempDir;

const REQUIRE_ALL: &str = "PORTICO_TESTS_REQUIRE_ALL";

const NEW_KEY: [&str; 5] = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

/// An authority of its own, with the certificates that it issues. Deleted at the end.
#[derive(Debug)]
pub(crate) struct Certificates(TempDir);

impl Certificates {
    /// None where openssl is missing, and that is allowed.
    pub(crate) fn new() -> Option<Self> {
        if Command::new("openssl").arg("version").output().is_err() {
            assert!(std::env::var_os(REQUIRE_ALL).is_none(), "openssl is not installed");
            let _ = writeln!(
                std::io::stderr(),
                "skipped: a test of TLS needs openssl; ./tests/run installs it"
            );
            return None;
        }
        let certificates = Self(tempfile::tempdir().unwrap());
        let authority = ["req", "-x509", "-days", "30", "-subj", "/CN=Portico test authority"];
        let files = ["-keyout", "authority.key", "-out", "authority.pem"];
        certificates.openssl(&[&authority[..], &NEW_KEY, &files].concat());
        Some(certificates)
    }

    /// A certificate for this host in NAME.pem, and its key in NAME.key.
    pub(crate) fn issue(&self, name: &str, host: &str, days: &str) {
        let file = |ending: &str| format!("{name}.{ending}");
        let (key, request, names, certificate) = (file("key"), file("csr"), file("ext"), file("pem"));
        std::fs::write(self.path(&names), format!("subjectAltName=DNS:{host}\n")).unwrap();
        let asks = ["req", "-subj", "/O=Example", "-keyout", &key, "-out", &request];
        self.openssl(&[&asks[..], &NEW_KEY].concat());
        let issues = ["x509", "-req", "-in", &request, "-days", days, "-extfile", &names];
        let by = ["-CA", "authority.pem", "-CAkey", "authority.key", "-CAcreateserial"];
        self.openssl(&[&issues[..], &by, &["-out", &certificate]].concat());
    }

    /// When the certificate in this file ends, as openssl reads it.
    pub(crate) fn expiry(&self, name: &str) -> Timestamp {
        let printed = self.openssl(&["x509", "-in", name, "-noout", "-enddate", "-dateopt", "iso_8601"]);
        let end = printed.trim().strip_prefix("notAfter=").unwrap();
        end.parse().unwrap()
    }

    /// Runs openssl in the folder, and returns what it prints.
    pub(crate) fn openssl(&self, arguments: &[&str]) -> String {
        let made = Command::new("openssl")
            .args(arguments)
            .current_dir(self.0.path())
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
        String::from_utf8(made.stdout).unwrap()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The same as text.
    pub(crate) fn named(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    /// A client that trusts the authority, and offers these protocols.
    pub(crate) fn client(&self, protocols: &[&str]) -> ClientConfig {
        let mut roots = RootCertStore::empty();
        let authority = CertificateDer::from_pem_file(self.path("authority.pem")).unwrap();
        roots.add(authority).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut client = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        client.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
        client
    }
}
