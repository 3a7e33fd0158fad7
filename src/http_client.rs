//! How this service calls other servers of the operator's, such as portals and collectors.

use std::time::Duration;

use reqwest::{Certificate, ClientBuilder, redirect, retry};

/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(3);

/// A client whose calls take no longer than `whole`. It trusts `roots` besides the certificates that the machine trusts.
///
/// It follows no redirects, which would take tokens and headers elsewhere, and repeats nothing: the callers have rules of
/// their own for that.
pub fn client_builder(whole: Duration, roots: Vec<Certificate>) -> ClientBuilder {
    reqwest::Client::builder()
        .redirect(redirect::Policy::none())
        .retry(retry::never().max_retries_per_request(0))
        .referer(false)
        .http1_only()
        .connect_timeout(CONNECT)
        .timeout(whole)
        .user_agent(concat!("portico/", env!("CARGO_PKG_VERSION")))
        .tls_certs_merge(roots)
}
