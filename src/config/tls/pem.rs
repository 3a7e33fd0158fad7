//! Reads certificates and keys in PEM form, and says what else a file holds.

use std::path::Path;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// The broken rule, to be read after the key, and what to do.
pub(super) type Broken = (String, String);

fn broken(rule: &str, fix: impl Into<String>) -> Broken {
    (rule.to_owned(), fix.into())
}

/// The certificates of a file, in their order; at least one.
pub(super) fn chain(bytes: &[u8], file: &Path) -> Result<Vec<CertificateDer<'static>>, Broken> {
    let text = String::from_utf8_lossy(bytes);
    let good = "a file that starts with -----BEGIN CERTIFICATE-----";
    if !text.contains("-----BEGIN CERTIFICATE-----") && !text.contains("-----BEGIN TRUSTED CERTIFICATE-----") {
        return Err(if text.contains("PRIVATE KEY-----") {
            broken(
                "holds a private key and no certificate",
                format!("{good}; the key belongs in tls.key_file"),
            )
        } else if text.contains("CERTIFICATE REQUEST-----") {
            broken(
                "holds a request for a certificate, not the certificate",
                "the certificate that the authority made of it",
            )
        } else if bytes.first() == Some(&0x30) {
            let file = file.display();
            broken(
                "is in DER form, not PEM",
                format!("openssl x509 -inform der -in {file} -out {file}.pem, and cert_file = \"{file}.pem\""),
            )
        } else {
            broken("holds no certificate in PEM form", good)
        });
    }
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(bytes).collect();
    match chain {
        Ok(chain) if !chain.is_empty() => Ok(chain),
        Ok(_) => Err(broken("holds no certificate in PEM form", good)),
        Err(error) => Err(broken(
            &format!("cannot be read as PEM: {error}"),
            "copy the file again, whole",
        )),
    }
}

/// The private key of a file.
pub(super) fn key(text: &str, file: &Path) -> Result<PrivateKeyDer<'static>, Broken> {
    let good = "a file that starts with -----BEGIN PRIVATE KEY-----";
    if text.contains("BEGIN ENCRYPTED PRIVATE KEY") || text.contains("Proc-Type: 4,ENCRYPTED") {
        let file = file.display();
        return Err(broken(
            "is encrypted with a passphrase, which nobody is there to type",
            format!("openssl pkey -in {file} -out {file}.plain, and key_file = \"{file}.plain\""),
        ));
    }
    if !text.contains("PRIVATE KEY-----") {
        return Err(if text.contains("BEGIN CERTIFICATE") {
            broken(
                "holds a certificate and no private key",
                format!("{good}; the certificate belongs in tls.cert_file"),
            )
        } else if text.contains("BEGIN PUBLIC KEY") {
            broken("holds a public key", good)
        } else {
            broken("holds no private key in PEM form", good)
        });
    }
    PrivateKeyDer::from_pem_slice(text.as_bytes())
        .map_err(|error| broken(&format!("cannot be read as PEM: {error}"), "copy the file again, whole"))
}
