//! Who issued the certificate that a server shows. It is only looked at: the handshake is broken off before anything is
//! sent in it.

use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, Error, SignatureScheme};

/// Object identifiers of the parts of a name that people read (RFC 5280, appendix A.1).
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
const ORGANISATION: &[u8] = &[0x55, 0x04, 0x0A];

/// Tags of DER (X.690).
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const OBJECT_ID: u8 = 0x06;
const EXPLICIT_VERSION: u8 = 0xA0;

/// The issuer named in the certificate at this address; `None` if none comes in time or it cannot be read.
pub(super) async fn issuer_at(host: &str, address: SocketAddr, patience: Duration) -> Option<String> {
    let host = host.to_owned();
    let shown = tokio::task::spawn_blocking(move || shown_at(host, address, patience));
    issuer(&shown.await.ok()??)
}

fn shown_at(host: String, address: SocketAddr, patience: Duration) -> Option<Vec<u8>> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let onlooker = Arc::new(Onlooker {
        provider: Arc::clone(&provider),
        seen: Mutex::default(),
    });
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .ok()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::clone(&onlooker) as _)
        .with_no_client_auth();
    let mut connection = ClientConnection::new(Arc::new(config), ServerName::try_from(host).ok()?).ok()?;
    let mut stream = TcpStream::connect_timeout(&address, patience).ok()?;
    stream.set_read_timeout(Some(patience)).ok()?;
    stream.set_write_timeout(Some(patience)).ok()?;
    // Always ends in an error: the onlooker accepts nothing.
    let _refused = connection.complete_io(&mut stream);
    onlooker.seen.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// Remembers a certificate, and accepts none.
#[derive(Debug)]
struct Onlooker {
    provider: Arc<CryptoProvider>,
    seen: Mutex<Option<Vec<u8>>>,
}

/// No connection comes about: nothing here is believed.
fn only_looking() -> Error {
    Error::General("only looking".to_owned())
}

impl ServerCertVerifier for Onlooker {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(end_entity.to_vec());
        Err(only_looking())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(only_looking())
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(only_looking())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// The issuer of a certificate (RFC 5280, 4.1), as "common name (organisation)".
fn issuer(certificate: &[u8]) -> Option<String> {
    let (_, certificate, _) = element(certificate).filter(|(tag, ..)| *tag == SEQUENCE)?;
    let (_, mut rest, _) = element(certificate).filter(|(tag, ..)| *tag == SEQUENCE)?;
    if rest.first() == Some(&EXPLICIT_VERSION) {
        (_, _, rest) = element(rest)?;
    }
    // The serial number and the algorithm of the signature.
    for _ in 0..2 {
        (_, _, rest) = element(rest)?;
    }
    let (_, name, _) = element(rest).filter(|(tag, ..)| *tag == SEQUENCE)?;
    let (common, organisation) = (part(name, COMMON_NAME), part(name, ORGANISATION));
    match (common, organisation) {
        (Some(common), Some(organisation)) => Some(format!("{common} ({organisation})")),
        (common, organisation) => common.or(organisation),
    }
}

/// The part of a name with this identifier, as far as it is printable.
fn part(mut name: &[u8], wanted: &[u8]) -> Option<String> {
    while let Some((tag, set, rest)) = element(name) {
        name = rest;
        let pair = element(set).filter(|_| tag == SET);
        let Some((OBJECT_ID, id, value)) = pair.and_then(|(_, pair, _)| element(pair)) else {
            continue;
        };
        if id == wanted {
            let (_, text, _) = element(value)?;
            let text = String::from_utf8_lossy(text);
            return Some(text.chars().filter(|letter| !letter.is_control()).take(100).collect());
        }
    }
    None
}

/// The tag and the content of the first element, and what follows it.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = der.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = if *first < 0x80 {
        (usize::from(*first), rest)
    } else {
        let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7F))?;
        // A certificate of more than 64 KiB is none.
        let short = (digits.len() <= 2).then_some(digits)?;
        (
            short.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)),
            rest,
        )
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((*tag, content, rest))
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::prelude::BASE64_STANDARD;

    use super::{element, issuer};

    fn root() -> Vec<u8> {
        let pem = include_str!("../../../okta-direct-auth/tests/data/root.pem");
        let base64: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
        BASE64_STANDARD.decode(base64).unwrap()
    }

    #[test]
    fn the_issuer_of_a_certificate_is_read() {
        assert_eq!(issuer(&root()).as_deref(), Some("Test root"));
    }

    #[test]
    fn what_is_cut_or_edited_makes_nothing_panic() {
        let root = root();
        for at in 0..root.len() {
            let _ = issuer(&root[..at]);
            let mut edited = root.clone();
            edited[at] ^= 0xFF;
            let _ = issuer(&edited);
        }
        assert_eq!(element(&[0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF]), None);
    }
}
