//! TLS on the public port, for those without a proxy in front.

mod certificate;
mod pem;

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use super::bounded_file::read_up_to;
use super::key::{Key, SettingKind};
use super::problem::Warning;
use super::reader::{Reader, Reported};
use super::secret;
use pem::Broken;

/// Largest file, in bytes.
const LIMIT: u64 = 64 * 1024;

const CERT: &str = "tls.cert_file";
const KEY: &str = "tls.key_file";

/// A certificate with its key, and where they come from.
#[derive(Debug, Clone)]
pub struct TlsConfig {
    /// The key belongs to the first certificate.
    pub certified: Arc<CertifiedKey>,
    /// When the first certificate of the chain begins to count.
    pub not_before: Timestamp,
    /// When the first of the chain's certificates expires.
    pub not_after: Timestamp,
    pub cert_file: PathBuf,
    pub key_file: PathBuf,
    is_chain: bool,
}

/// Why files cannot be used for TLS.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{key} {rule}; fix: {fix}")]
pub struct TlsProblem {
    key: &'static str,
    rule: String,
    fix: String,
}

/// What tells a file apart from the one that was there before, without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileMark {
    device: u64,
    inode: u64,
    size: u64,
    written: (i64, i64),
}

pub(super) const KEYS: &[Key] = &[
    Key::optional(
        CERT,
        SettingKind::File,
        "plain HTTP",
        "/run/secrets/tls/fullchain.pem",
        "Certificate for TLS on the public port (PEM): the server's own first, then its intermediates (certbot: \
         `fullchain.pem`). Only for setups without a reverse proxy; the private port stays plain HTTP. The files are read \
         again when they change, and on SIGHUP ([production.md](production.md#without-a-proxy)).",
    ),
    Key::optional(
        KEY,
        SettingKind::SecretFile,
        "",
        "/run/secrets/tls/privkey.pem",
        "Private key of that certificate (PEM, not encrypted).",
    ),
];

impl TlsConfig {
    pub(super) fn read(reader: &mut Reader) -> Result<Option<Self>, Reported> {
        let paths = (reader.get_optional(CERT), reader.get_optional(KEY));
        let (cert_file, key_file): (PathBuf, PathBuf) = match (paths.0?, paths.1?) {
            (None, None) => return Ok(None),
            (Some(cert), Some(key)) => (cert, key),
            (Some(_), None) => {
                let fix = "key_file = \"/run/secrets/tls/privkey.pem\" beside it";
                reader.refuse(CERT, "is set without tls.key_file: TLS needs both", fix);
                return Err(Reported);
            }
            (None, Some(_)) => {
                let fix = "cert_file = \"/run/secrets/tls/fullchain.pem\" beside it";
                reader.refuse(KEY, "is set without tls.cert_file: TLS needs both", fix);
                return Err(Reported);
            }
        };
        // Each file by itself first, so that what is wrong with one does not hide what is wrong with the other.
        let bytes = reader.file(CERT, &cert_file, LIMIT);
        let chain = bytes.and_then(|bytes| told(reader, chain(&bytes, &cert_file)));
        let text = secret::from_file(reader, KEY);
        let key = text.and_then(|text| told(reader, private_key(&text, &key_file)));
        let whole = Self::new(cert_file, key_file, chain?, key?);
        told(reader, whole).map(Some)
    }

    /// The same files, read again.
    pub fn read_again(&self) -> Result<Self, TlsProblem> {
        let read = |key: &'static str, file: &Path| {
            let unreadable = |error: std::io::Error| TlsProblem {
                key,
                rule: format!("names {}, which cannot be read: {error}", file.display()),
                fix: "the path of a file that this user may read".to_owned(),
            };
            read_up_to(file, LIMIT).map_err(unreadable)
        };
        let (_, chain) = read(CERT, &self.cert_file)?;
        let (_, key) = read(KEY, &self.key_file)?;
        let chain = self::chain(&chain, &self.cert_file)?;
        let key = SecretString::from(String::from_utf8(key).unwrap_or_default());
        let key = private_key(&key, &self.key_file)?;
        Self::new(self.cert_file.clone(), self.key_file.clone(), chain, key)
    }

    fn new(
        cert_file: PathBuf,
        key_file: PathBuf,
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
    ) -> Result<Self, TlsProblem> {
        let certified = certificate::pair(chain, key).map_err(of_chain)?;
        let (not_before, not_after) = certificate::dates(&certified.cert).map_err(of_chain)?;
        Ok(Self {
            is_chain: certificate::leads_on(&certified.cert, not_before),
            certified: Arc::new(certified),
            not_before,
            not_after,
            cert_file,
            key_file,
        })
    }

    /// What tells both files apart from later ones; `None` where one is missing.
    pub fn marks(&self) -> [Option<FileMark>; 2] {
        [&self.cert_file, &self.key_file].map(|file| {
            // Follows links: a secret of Kubernetes is replaced by turning a link.
            let metadata = std::fs::metadata(file).ok()?;
            Some(FileMark {
                device: metadata.dev(),
                inode: metadata.ino(),
                size: metadata.size(),
                written: (metadata.mtime(), metadata.mtime_nsec()),
            })
        })
    }

    /// Why no browser accepts the certificate at this time, if none does. To be read after the key.
    pub fn date_problem(&self, now: Timestamp) -> Option<String> {
        if now > self.not_after {
            Some(format!("holds a certificate that expired at {}", self.not_after))
        } else if now < self.not_before {
            Some(format!(
                "holds a certificate that is not valid before {}; it is {now:.0} by this machine's clock",
                self.not_before
            ))
        } else {
            None
        }
    }

    pub(super) fn refuse_dates(&self, reader: &mut Reader, now: Timestamp) {
        if let Some(rule) = self.date_problem(now) {
            reader.refuse(CERT, &rule, "renew the certificate, or put this machine's clock right");
        }
    }

    /// What is allowed and seldom meant.
    pub(super) fn warnings(&self, public: &Url) -> Vec<Warning> {
        let mut warnings = Vec::new();
        if public.scheme() == "http" {
            let text = "is http, but the public port speaks TLS (tls.cert_file): links and redirects lead to http";
            warnings.push(Warning::new("public_url", text));
        }
        let host = public.host_str().unwrap_or_default();
        if !certificate::is_for(&self.certified.cert, host) {
            let text = format!(
                "holds a certificate that is not for {host}, the host of public_url: browsers refuse it, unless a \
                 proxy in front shows them another"
            );
            warnings.push(Warning::new(CERT, &text));
        }
        if !self.is_chain {
            let text = "holds certificates of which one does not vouch for the one before it: put the server's own \
                        first, then its issuer's, and so on";
            warnings.push(Warning::new(CERT, text));
        }
        let is_alone = self.certified.cert.len() == 1;
        let whole = self.cert_file.with_file_name("fullchain.pem");
        if is_alone && self.cert_file.file_name() == Some("cert.pem".as_ref()) && whole.exists() {
            let text = format!(
                "lacks the certificates in between, which some clients need: cert_file = {:?}",
                whole.display().to_string()
            );
            warnings.push(Warning::new(CERT, &text));
        }
        warnings
    }
}

fn chain(bytes: &[u8], file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsProblem> {
    pem::chain(bytes, file).map_err(of_chain)
}

fn private_key(text: &SecretString, file: &Path) -> Result<PrivateKeyDer<'static>, TlsProblem> {
    let of_key = |(rule, fix)| TlsProblem { key: KEY, rule, fix };
    pem::key(text.expose_secret(), file).map_err(of_key)
}

fn of_chain((rule, fix): Broken) -> TlsProblem {
    TlsProblem { key: CERT, rule, fix }
}

/// Tells the operator of the problem.
fn told<T>(reader: &mut Reader, read: Result<T, TlsProblem>) -> Result<T, Reported> {
    read.map_err(|problem| {
        reader.refuse(problem.key, &problem.rule, &problem.fix);
        Reported
    })
}
