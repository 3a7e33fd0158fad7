//! Judges a certificate and its key.

use std::time::Duration;

use jiff::Timestamp;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::sign::CertifiedKey;
use rustls::{Error, InconsistentKeys};
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert};

use super::pem::Broken;

/// After the last second that a certificate can name: the end of the year 9999.
const END_OF_TIME: u64 = 253_402_300_800;

/// The certificates with the key of the first.
pub(super) fn pair(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>) -> Result<CertifiedKey, Broken> {
    let key = default_provider().key_provider.load_private_key(key).map_err(|_| {
        (
            "needs another key: the one in tls.key_file is of no kind that TLS can use here".to_owned(),
            "RSA with 2048 bits or more, P-256, P-384 or Ed25519; for example: openssl ecparam -genkey -name prime256v1"
                .to_owned(),
        )
    })?;
    let is_of = |certificate: &CertificateDer<'static>| {
        let alone = CertifiedKey::new(vec![certificate.clone()], key.clone());
        alone.keys_match()
    };
    let first = chain.first().map_or(Err(Error::NoCertificatesPresented), is_of);
    match first {
        Ok(()) | Err(Error::InconsistentKeys(InconsistentKeys::Unknown)) => Ok(CertifiedKey::new(chain, key)),
        Err(Error::InconsistentKeys(_)) => {
            let at = chain.iter().position(|certificate| is_of(certificate).is_ok());
            Err(at.map_or_else(
                || {
                    (
                        "is not the certificate of the key in tls.key_file".to_owned(),
                        "the two files that were made together; after a renewal, both of them".to_owned(),
                    )
                },
                |at| {
                    (
                        format!("has the certificate of the key in tls.key_file in place {}", at + 1),
                        "put it first, then its issuer's, and so on".to_owned(),
                    )
                },
            ))
        }
        Err(error) => Err(unreadable(1, &error.to_string())),
    }
}

/// From when the first certificate counts, and until when all do.
pub(super) fn dates(chain: &[CertificateDer<'_>]) -> Result<(Timestamp, Timestamp), Broken> {
    let (mut not_before, mut not_after) = (Timestamp::MIN, Timestamp::MAX);
    for (at, certificate) in chain.iter().enumerate() {
        let parsed = EndEntityCert::try_from(certificate).map_err(|error| unreadable(at + 1, &format!("{error:?}")))?;
        // The library shows the dates only to say why it refuses a certificate.
        if let webpki::Error::CertNotValidYet { not_before: begin, .. } = judged_at(&parsed, 0)
            && at == 0
        {
            not_before = timestamp(begin);
        }
        if let webpki::Error::CertExpired { not_after: end, .. } = judged_at(&parsed, END_OF_TIME) {
            not_after = not_after.min(timestamp(end));
        }
    }
    Ok((not_before, not_after))
}

fn judged_at(certificate: &EndEntityCert<'_>, seconds: u64) -> webpki::Error {
    let time = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
    let judged = certificate.verify_for_usage(&[], &[], &[], time, KeyUsage::server_auth(), None, None);
    judged.err().unwrap_or(webpki::Error::UnknownIssuer)
}

fn timestamp(time: UnixTime) -> Timestamp {
    i64::try_from(time.as_secs())
        .ok()
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .unwrap_or(Timestamp::MAX)
}

/// Whether each certificate was issued by the next.
pub(super) fn leads_on(chain: &[CertificateDer<'_>], at: Timestamp) -> bool {
    let [first, between @ .., last] = chain else {
        return true;
    };
    let (Ok(first), Ok(last)) = (EndEntityCert::try_from(first), anchor_from_trusted_cert(last)) else {
        return false;
    };
    let time = UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(at.as_second()).unwrap_or(0)));
    let algorithms = default_provider().signature_verification_algorithms.all;
    let anchors = [last];
    let judged = first.verify_for_usage(algorithms, &anchors, between, time, KeyUsage::server_auth(), None, None);
    !matches!(judged, Err(webpki::Error::UnknownIssuer))
}

/// Whether the first certificate names this host.
pub(super) fn is_for(chain: &[CertificateDer<'_>], host: &str) -> bool {
    // An IPv6 address is in brackets in a URL.
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let certificate = chain.first().and_then(|first| EndEntityCert::try_from(first).ok());
    let (Some(certificate), Ok(name)) = (certificate, ServerName::try_from(host)) else {
        return false;
    };
    certificate.verify_is_valid_for_subject_name(&name).is_ok()
}

fn unreadable(place: usize, why: &str) -> Broken {
    (
        format!("holds a certificate, in place {place}, that cannot be read ({why})"),
        "copy the file again, whole; browsers take X.509 version 3 alone".to_owned(),
    )
}
