//! Turns a call into a request.

use std::borrow::Cow;

use reqwest::{
    RequestBuilder,
    header::{ACCEPT, ACCEPT_LANGUAGE, AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue, USER_AGENT},
};
use secrecy::ExposeSecret;

use super::{Call, Purpose};
use crate::{Client, ClientAuth, Config, Device, Error, ErrorKind};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const DPOP: HeaderName = HeaderName::from_static("dpop");
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const LONGEST_HEADER: usize = 512;

impl Client {
    pub(super) fn request(
        &self,
        call: &Call<'_>,
        nonce: Option<&str>,
        more: Vec<(&'static str, String)>,
    ) -> Result<RequestBuilder, Error> {
        let http = self.shared.http.here(self.config())?;
        let mut request = match (call.purpose.is_get(), call.bearer) {
            (true, Some(token)) => {
                let scheme = if call.dpop.is_some() { "DPoP" } else { "Bearer" };
                let value = secret_header(&format!("{scheme} {}", token.expose_secret()))?;
                http.get(call.url.clone()).header(AUTHORIZATION, value)
            }
            (true, None) => http.get(call.url.clone()),
            (false, _) => self.post(http, call)?,
        };
        if let Some(key) = call.dpop {
            let proof = self.dpop_proof(call, key, nonce)?;
            request = request.header(DPOP, secret_header(&proof)?);
        }
        for (name, value) in more {
            if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(&value)) {
                request = request.header(name, value);
            }
        }
        Ok(self.dress(request, call.device))
    }

    /// Adds the client authentication of this app.
    fn post(&self, http: &reqwest::Client, call: &Call<'_>) -> Result<RequestBuilder, Error> {
        let Config {
            client_id, client_auth, ..
        } = self.config();
        let mut url = call.url.clone();
        let mut form = call.form.clone();
        let mut basic = None;
        match client_auth {
            // At this endpoint alone, Okta reads the id of a public client from the query.
            ClientAuth::None if call.purpose == Purpose::Introspect => {
                url.query_pairs_mut().append_pair("client_id", client_id);
            }
            ClientAuth::None => form.add("client_id", client_id),
            ClientAuth::SecretBasic(secret) => basic = Some(secret),
            ClientAuth::SecretPost(secret) => {
                form.add("client_id", client_id);
                form.add("client_secret", secret.expose_secret());
            }
            ClientAuth::SecretJwt(_) | ClientAuth::PrivateKeyJwt { .. } => {
                form.add("client_assertion_type", ASSERTION_TYPE);
                form.add("client_assertion", self.assertion(call.url)?);
            }
        }
        let request = http
            .post(url)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form.encode());
        Ok(match basic {
            Some(secret) => request.basic_auth(client_id, Some(secret.expose_secret())),
            None => request,
        })
    }

    /// Adds the headers that show Okta the user's device instead of this server.
    fn dress(&self, request: RequestBuilder, device: &Device) -> RequestBuilder {
        let agent = &self.config().user_agent;
        let agent = match &device.user_agent {
            Some(browser) => format!("{agent} {browser}"),
            None => agent.clone(),
        };
        let mut request = request.header(ACCEPT, "application/json");
        if let Some(agent) = header(&agent) {
            request = request.header(USER_AGENT, agent);
        }
        if let Some(address) = device.address {
            request = request.header(FORWARDED_FOR, address.to_string());
        }
        if let Some(language) = device.accept_language.as_deref().and_then(header) {
            request = request.header(ACCEPT_LANGUAGE, language);
        }
        request
    }
}

/// A header value that reqwest never prints.
fn secret_header(value: &str) -> Result<HeaderValue, Error> {
    let mut value =
        HeaderValue::from_str(value).map_err(|_| Error::new(ErrorKind::SessionOver, "token_not_sendable"))?;
    value.set_sensitive(true);
    Ok(value)
}

/// Browsers send anything: only printable ASCII of sensible length is passed on.
fn header(text: &str) -> Option<HeaderValue> {
    let is_clean = text.len() <= LONGEST_HEADER && text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    let clean = if is_clean {
        Cow::Borrowed(text)
    } else {
        let printable = text.chars().filter(|c| matches!(c, ' '..='~'));
        printable.take(LONGEST_HEADER).collect()
    };
    let clean = clean.trim();
    if clean.is_empty() {
        None
    } else {
        HeaderValue::from_str(clean).ok()
    }
}
