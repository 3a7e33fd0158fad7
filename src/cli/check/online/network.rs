//! Why there is no connection to Okta: name, address, port or certificate.

use std::error::Error as StdError;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use okta_direct_auth::Error;
use rustls::{CertificateError, Error as TlsError};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use url::Url;

use super::super::code::FindingCode;
use super::super::report::{Finding, Severity};
use super::certificate;
use crate::config::OktaConfig;

/// Each may name a proxy for calls to Okta.
const PROXY_VARIABLES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

/// The first step on the way to Okta that fails.
pub(super) async fn why(okta: &OktaConfig, error: &Error) -> Finding {
    let url = &okta.org_url;
    let (host, port) = place(url);
    if let Some(proxy) = proxy(url) {
        let text = format!(
            "{host} cannot be reached through the proxy that {proxy} names: {}",
            last_words(error)
        );
        return of(FindingCode::Unreachable, text);
    }
    let patience = okta.connect_timeout;
    let addresses = match timeout(patience, lookup_host((host.as_str(), port))).await {
        Ok(Ok(addresses)) => addresses.collect(),
        Ok(Err(_)) | Err(_) => Vec::new(),
    };
    if addresses.is_empty() {
        let text = format!("the name {host} (okta.org_url) does not resolve to an address on this machine");
        return of(FindingCode::NameUnresolved, text);
    }
    match connect(&addresses, patience).await {
        Ok(address) if url.scheme() == "https" => tls(okta, error, &host, address).await,
        Ok(_) => of(
            FindingCode::Unreachable,
            format!("{host}:{port} does not keep the connection: {}", last_words(error)),
        ),
        Err(why) => of(
            FindingCode::Unreachable,
            format!("nothing can be reached at {host}:{port} (okta.org_url): {why}"),
        ),
    }
}

fn of(code: FindingCode, text: String) -> Finding {
    Finding::new(code, Severity::Error, text)
}

fn place(url: &Url) -> (String, u16) {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    (host.to_owned(), url.port_or_known_default().unwrap_or(443))
}

/// The variable that names a proxy on the way to Okta. None is used on the way to this machine itself.
fn proxy(url: &Url) -> Option<&'static str> {
    let is_local = url.scheme() != "https" || url.host_str().is_some_and(|host| host == "localhost");
    let mut set = PROXY_VARIABLES
        .into_iter()
        .filter(|name| std::env::var_os(name).is_some());
    set.next().filter(|_| !is_local)
}

/// The first address that accepts a connection, or why the last one did not.
async fn connect(addresses: &[SocketAddr], patience: Duration) -> Result<SocketAddr, String> {
    let mut why = String::new();
    for address in addresses {
        match timeout(patience, TcpStream::connect(address)).await {
            Ok(Ok(_)) => return Ok(*address),
            Ok(Err(error)) => why = format!("{error} ({address})"),
            Err(_) => why = format!("no answer within {} s ({address})", patience.as_secs()),
        }
    }
    Err(why)
}

async fn tls(okta: &OktaConfig, error: &Error, host: &str, address: SocketAddr) -> Finding {
    let issuer = certificate::issuer_at(host, address, okta.connect_timeout).await;
    let issuer = issuer.unwrap_or_else(|| "an issuer that cannot be read".to_owned());
    match within::<TlsError>(error) {
        Some(TlsError::InvalidCertificate(why)) if is_untrusted(why) => {
            let text = format!(
                "the certificate at {host} was issued by {issuer}, which this machine does not trust: if a company proxy \
                 intercepts TLS, name its certificate authority in okta.ca_file"
            );
            of(FindingCode::TlsUntrusted, text)
        }
        found => {
            let why = found.map_or_else(|| last_words(error), ToString::to_string);
            let text = format!("TLS with {host} fails: {why} (certificate issued by {issuer})");
            of(FindingCode::TlsFailed, text)
        }
    }
}

/// Whether nobody whom this machine trusts has issued the certificate; it may have issued itself.
fn is_untrusted(why: &CertificateError) -> bool {
    *why == CertificateError::UnknownIssuer || why.to_string().contains("CaUsedAsEndEntity")
}

/// The first error of this type behind another one.
fn within<'e, T: StdError + 'static>(error: &'e (dyn StdError + 'static)) -> Option<&'e T> {
    if let Some(found) = error.downcast_ref() {
        return Some(found);
    }
    // What is inside an I/O error is not its source.
    let inside = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    if let Some(found) = inside.and_then(|inside| within(inside)) {
        return Some(found);
    }
    error.source().and_then(|source| within(source))
}

/// The innermost reason.
fn last_words(error: &dyn StdError) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
