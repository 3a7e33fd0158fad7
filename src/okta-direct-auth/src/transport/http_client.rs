//! The HTTP client.

use std::time::Duration;

use reqwest::{Certificate, redirect, retry};

use crate::{Config, Error, ErrorKind, loopback::is_loopback};

/// The one HTTP client: no redirects, no retries, no cookies, no decompression.
pub(crate) fn http_client(config: &Config) -> Result<reqwest::Client, Error> {
    let mut roots = Vec::new();
    for pem in &config.extra_root_certificates {
        let found = Certificate::from_pem_bundle(pem).ok().filter(|found| !found.is_empty());
        roots.extend(found.ok_or(Error::new(ErrorKind::Misconfigured, "root_certificate_unreadable"))?);
    }
    let is_local = is_loopback(&config.org_url);
    let mut builder = reqwest::Client::builder()
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .referer(false)
        .no_gzip()
        .no_brotli()
        .no_deflate()
        .no_zstd()
        .http1_only()
        .https_only(config.org_url.scheme() == "https")
        .connect_timeout(config.connect_timeout)
        .timeout(config.timeout)
        .pool_idle_timeout(Duration::from_secs(90))
        .tcp_nodelay(true)
        .tls_certs_merge(roots);
    if is_local {
        builder = builder.no_proxy();
    }
    builder
        .build()
        .map_err(|error| Error::new(ErrorKind::Misconfigured, "http_client").with_source(error))
}
