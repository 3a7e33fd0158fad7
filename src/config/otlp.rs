//! The collector of traces.

use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::reader::{Reader, Reported};
use super::urls::is_loopback;
use super::{ca, secret};

/// Where traces go, and which.
#[derive(Debug, Clone)]
pub struct OtlpConfig {
    /// Where they are posted.
    pub address: Url,
    /// Headers that the collector wants: valid names and values.
    pub headers: Vec<(String, SecretString)>,
    /// More certificates to trust.
    pub ca_pem: Option<Vec<u8>>,
    pub service_name: String,
    /// How many of a hundred traces that begin here are exported.
    pub sample_percent: u32,
}

/// What OTLP over HTTP puts behind the address of a collector.
const PATH: &str = "v1/traces";

impl OtlpConfig {
    /// `None` without a collector.
    pub(super) fn read(reader: &mut Reader) -> Result<Option<Self>, Reported> {
        let endpoint = reader.get_optional::<Url>("ops.otlp_endpoint");
        let headers = headers(reader);
        let ca_pem = ca::read(reader, "ops.otlp_ca_file");
        let service_name = reader.get("ops.otlp_service_name");
        let sample_percent = reader.get("ops.otlp_sample_percent");
        let (endpoint, headers) = (endpoint?, headers?);
        let key = ["ops.otlp_headers", "ops.otlp_headers_file"]
            .into_iter()
            .find(|key| reader.is_set(key));
        if let Some(key) = key {
            check_way(reader, key, endpoint.as_ref())?;
        }
        let (ca_pem, service_name, sample_percent) = (ca_pem?, service_name?, sample_percent?);
        let Some(mut address) = endpoint else {
            return Ok(None);
        };
        let path = format!("{}/{PATH}", address.path().trim_end_matches('/'));
        address.set_path(&path);
        Ok(Some(Self {
            address,
            headers,
            ca_pem,
            service_name,
            sample_percent,
        }))
    }
}

/// Headers are a secret, so they need somebody to go to, and a way that nobody listens to.
fn check_way(reader: &mut Reader, key: &str, endpoint: Option<&Url>) -> Result<(), Reported> {
    let is_private = |url: &Url| url.scheme() == "https" || url.host_str().is_some_and(is_loopback);
    let (rule, fix) = match endpoint {
        None => (
            "is set, and ops.otlp_endpoint is not",
            "otlp_endpoint with the address of the collector, or leave the headers out",
        ),
        Some(endpoint) if !is_private(endpoint) => (
            "would be sent in clear: ops.otlp_endpoint is plain http",
            "an https address in otlp_endpoint, or a collector on this machine",
        ),
        Some(_) => return Ok(()),
    };
    reader.refuse(key, rule, fix);
    Err(Reported)
}

fn headers(reader: &mut Reader) -> Result<Vec<(String, SecretString)>, Reported> {
    let Some(text) = secret::read(reader, "ops.otlp_headers")? else {
        return Ok(Vec::new());
    };
    if let Some(headers) = parse(&text) {
        return Ok(headers);
    }
    let key = if reader.is_set("ops.otlp_headers") {
        "ops.otlp_headers"
    } else {
        "ops.otlp_headers_file"
    };
    reader.refuse(
        key,
        "holds something else than headers",
        "name=value, with commas between several, as in authorization=Bearer%20…",
    );
    Err(Reported)
}

/// The form of `OTEL_EXPORTER_OTLP_HEADERS`, which vendors print in their instructions.
fn parse(text: &SecretString) -> Option<Vec<(String, SecretString)>> {
    let pairs = text.expose_secret().split(',').map(|pair| {
        let (name, value) = pair.split_once('=')?;
        let (name, value) = (name.trim(), percent_decode_str(value.trim()).decode_utf8().ok()?);
        let is_token = name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
        let is_plain = value.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        (is_token && is_plain && !name.is_empty()).then(|| (name.to_owned(), SecretString::from(value.into_owned())))
    });
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read_as_vendors_write_them() {
        let read = |text: &str| {
            let headers = parse(&SecretString::from(text))?.into_iter();
            let headers = headers.map(|(name, value)| format!("{name}: {}", value.expose_secret()));
            Some(headers.collect::<Vec<_>>())
        };
        let headers = read("Authorization=Basic%20YTpi, x-team = a%2Cb").unwrap();
        assert_eq!(headers, ["Authorization: Basic YTpi", "x-team: a,b"]);
        for text in ["", "a", "a=1,", "a b=1", "=1", "a=%0a", "a=%ff", "a=\u{e9}"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
