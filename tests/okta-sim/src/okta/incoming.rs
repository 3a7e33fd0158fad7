//! A request, read once and kept as plain data.

use std::{collections::HashSet, net::IpAddr};

use actix_web::HttpRequest;

use crate::{clock::Millis, form::Form, ids, world::World};

#[derive(Debug)]
pub(crate) struct Incoming {
    pub(crate) at: Millis,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: Form,
    pub(crate) form: Form,
    pub(crate) client_ip: String,
    pub(crate) request_id: String,
    headers: Vec<(String, String)>,
}

impl Incoming {
    pub(super) fn read(request: &HttpRequest, body: &[u8], world: &World) -> Self {
        let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
        let headers: Vec<_> = request
            .headers()
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), text(value.as_bytes())))
            .collect();
        let mut incoming = Self {
            at: world.now(),
            method: request.method().as_str().to_owned(),
            path: request.path().to_owned(),
            query: Form::parse(request.query_string().as_bytes()),
            form: Form::default(),
            client_ip: String::new(),
            request_id: ids::opaque(27),
            headers,
        };
        if incoming.has_form() {
            incoming.form = Form::parse(body);
        }
        incoming.client_ip = incoming.seen_from(request.peer_addr().map(|peer| peer.ip()), world);
        incoming
    }

    pub(crate) fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    pub(crate) fn header(&self, wanted: &str) -> Option<&str> {
        self.headers().find(|(name, _)| *name == wanted).map(|(_, value)| value)
    }

    /// The parameters that a browser sends: the form of a POST, else the query.
    pub(crate) fn parameters(&self) -> &Form {
        if self.method == "POST" { &self.form } else { &self.query }
    }

    pub(crate) fn cookie(&self, wanted: &str) -> Option<&str> {
        let cookies = self.headers().filter(|(name, _)| *name == "cookie");
        cookies
            .flat_map(|(_, value)| value.split(';'))
            .filter_map(|cookie| cookie.trim().split_once('='))
            .find(|(name, _)| *name == wanted)
            .map(|(_, value)| value)
    }

    /// Whether the body is declared as a form.
    pub(crate) fn has_form(&self) -> bool {
        let media_type = self.header("content-type").and_then(|value| value.split(';').next());
        media_type.is_some_and(|media_type| {
            media_type
                .trim()
                .eq_ignore_ascii_case("application/x-www-form-urlencoded")
        })
    }

    /// Reads `X-Forwarded-For` and the peer from right to left, skipping trusted proxies.
    fn seen_from(&self, peer: Option<IpAddr>, world: &World) -> String {
        let trusted: HashSet<String> = world.settings.trusted_proxies.iter().map(ToString::to_string).collect();
        let peer = peer.map(|peer| peer.to_string()).unwrap_or_default();
        let forwarded = self.headers().filter(|(name, _)| *name == "x-forwarded-for");
        let hops = forwarded
            .flat_map(|(_, value)| value.split(','))
            .map(|hop| hop.trim().to_owned());
        let mut chain: Vec<String> = hops.chain([peer.clone()]).collect();
        while chain.len() > 1 && chain.last().is_some_and(|hop| trusted.contains(hop)) {
            chain.pop();
        }
        chain.pop().unwrap_or(peer)
    }
}
