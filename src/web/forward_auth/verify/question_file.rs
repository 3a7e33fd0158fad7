//! A proxy's forward-auth request from a file, for `portico explain`.

use std::net::IpAddr;

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};

use super::asked_by::AskedBy;
use super::metadata;
use super::metadata::{Own, ProxyRequest};
use crate::portal::gate::PortalRequest;
use crate::portal::proxies::Proxy;
use crate::web::middleware::client_address::{TrustedProxies, client_address, peer_is_trusted};

/// The request that a proxy asks about, owned.
#[derive(Debug)]
pub struct RawAuthRequest {
    /// The proxy whose path was requested.
    pub proxy: &'static str,
    /// The address of the client whose request it is.
    pub client: IpAddr,
    scheme: String,
    host: String,
    uri: String,
    method: String,
    is_preflight: bool,
}

impl RawAuthRequest {
    /// Parses the head of an HTTP request to `/verify/…`, as this peer would have sent it. Errors say what is wrong.
    pub fn read(text: &str, peer: IpAddr, base: &str, trusted: &TrustedProxies) -> Result<Self, String> {
        let mut lines = [httparse::EMPTY_HEADER; 96];
        let mut head = httparse::Request::new(&mut lines);
        // A hand-written file ends with its last line, and has the platform's line endings.
        let text = text.replace("\r\n", "\n").trim_end().replace('\n', "\r\n") + "\r\n\r\n";
        head.parse(text.as_bytes())
            .map_err(|error| format!("it is no HTTP request: {error}"))?;
        let (Some(method), Some(uri)) = (head.method, head.path) else {
            return Err("it has no first line".to_owned());
        };
        let mut headers = HeaderMap::new();
        for line in head.headers.iter() {
            let name = HeaderName::from_bytes(line.name.as_bytes());
            let value = HeaderValue::from_bytes(line.value);
            if let (Ok(name), Ok(value)) = (name, value) {
                headers.append(name, value);
            }
        }
        let rest = uri.strip_prefix(base).and_then(|rest| rest.strip_prefix("/verify/"));
        let name = rest.and_then(|rest| rest.split(['/', '?']).next()).unwrap_or_default();
        let Some(proxy) = Proxy::find(name) else {
            return Err(format!("{uri} is none of the paths that a proxy asks at"));
        };
        if !peer_is_trusted(peer, trusted) {
            return Err(format!(
                "{peer} is not in limits.trusted_proxies: 400 untrusted_peer (nginx: 401), whatever it says"
            ));
        }
        let request = ProxyRequest {
            method,
            uri,
            authority: None,
            headers: &headers,
        };
        // Empty, because each proxy that asks sends the scheme.
        let own = Own { scheme: "", base };
        let asked = metadata::asked(AskedBy::Proxy(proxy), request, own)
            .map_err(|bad| format!("{bad}: 400 {} (nginx: 401)", bad.name()))?;
        Ok(Self {
            proxy: proxy.name(),
            client: client_address(peer, &headers, trusted),
            scheme: asked.scheme.to_owned(),
            host: asked.host.to_owned(),
            uri: asked.uri.to_owned(),
            method: asked.method.to_owned(),
            is_preflight: asked.is_preflight,
        })
    }

    /// The request that the proxy asks about.
    pub fn asked(&self) -> PortalRequest<'_> {
        PortalRequest {
            scheme: &self.scheme,
            host: &self.host,
            uri: &self.uri,
            method: &self.method,
            is_preflight: self.is_preflight,
        }
    }
}
