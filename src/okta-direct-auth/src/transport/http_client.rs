//! The HTTP clients.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use reqwest::{Certificate, redirect, retry};
use thread_local::ThreadLocal;

use crate::{Config, Error, ErrorKind, loopback::is_loopback};

/// One HTTP client for each thread that makes calls. A connection is driven by the thread that opened it, so a client that
/// threads share would hand most calls to another thread and their replies back, which takes about as long as the rest.
pub(crate) struct HttpClients {
    each: ThreadLocal<reqwest::Client>,
    /// For the first thread that asks.
    first: Mutex<Option<reqwest::Client>>,
}

impl HttpClients {
    pub(crate) fn new(config: &Config) -> Result<Self, Error> {
        let first = http_client(config)?;
        Ok(Self {
            each: ThreadLocal::new(),
            first: Mutex::new(Some(first)),
        })
    }

    /// The client of this thread.
    pub(crate) fn here(&self, config: &Config) -> Result<&reqwest::Client, Error> {
        self.each.get_or_try(|| {
            let first = self.first.lock().unwrap_or_else(PoisonError::into_inner).take();
            first.map_or_else(|| http_client(config), Ok)
        })
    }
}

/// An HTTP client: no redirects, no retries, no cookies, no decompression.
fn http_client(config: &Config) -> Result<reqwest::Client, Error> {
    let mut roots = Vec::new();
    for pem in &config.extra_root_certificates {
        let found = Certificate::from_pem_bundle(pem).ok().filter(|found| !found.is_empty());
        roots.extend(found.ok_or(Error::new(ErrorKind::Misconfigured, "root_certificate_unreadable"))?);
    }
    let is_local = is_loopback(&config.org_url);
    let mut builder = reqwest::Client::builder()
        .redirect(redirect::Policy::none())
        // Without the second call, each request would be cloned for a retry that never comes.
        .retry(retry::never().max_retries_per_request(0))
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
