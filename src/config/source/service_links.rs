//! Variables that Kubernetes sets, not the operator.
//!
//! In every container of a namespace it describes each service there in variables that begin with the service's name
//! in capitals, with `_` for `-`. Those of services named `portico` or `portico-…` begin like ours.

use std::net::{IpAddr, SocketAddr};

const PROTOCOLS: [&str; 3] = ["TCP", "UDP", "SCTP"];

/// Whether Kubernetes may have set a variable that is named `PORTICO` and then `tail`: both the name and the value have
/// the form of a service link.
pub(super) fn is_service_link(tail: &str, value: &str) -> bool {
    let is_in_capitals = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    let is_after_service = |suffix| tail.strip_suffix(suffix).is_some_and(is_rest_of_service);
    tail.bytes().all(is_in_capitals)
        && ((is_after_service("_SERVICE_HOST") && is_address(value))
            || (is_after_service("_SERVICE_PORT") && is_port(value))
            || (is_after_service("_PORT") && is_endpoint(value, &PROTOCOLS))
            || (split_at_each(tail, "_SERVICE_PORT_").any(is_named_port) && is_port(value))
            || split_at_each(tail, "_PORT_").any(|parts| is_about_a_port(parts, value)))
}

/// What is before and after each occurrence of `mark`; they may overlap.
fn split_at_each<'a>(text: &'a str, mark: &'static str) -> impl Iterator<Item = (&'a str, &'a str)> {
    (0..text.len()).filter_map(move |at| {
        let (before, from) = text.split_at_checked(at)?;
        Some((before, from.strip_prefix(mark)?))
    })
}

/// The name of a service, as far as it is longer than `portico`.
fn is_rest_of_service(rest: &str) -> bool {
    rest.is_empty() || (rest.starts_with('_') && !rest.ends_with('_'))
}

/// `…_SERVICE_PORT_HTTP`: the port of that name.
fn is_named_port((service, name): (&str, &str)) -> bool {
    is_rest_of_service(service) && !name.is_empty()
}

/// `…_PORT_8080_TCP`, and with `_PROTO`, `_PORT` and `_ADDR` behind it.
fn is_about_a_port((service, after): (&str, &str), value: &str) -> bool {
    let Some((number, rest)) = after.split_once('_') else {
        return false;
    };
    let (protocol, about) = rest.split_once('_').unzip();
    let protocol = protocol.unwrap_or(rest);
    let is_its_part = match about {
        None => is_endpoint(value, &[protocol]),
        Some("PROTO") => value == protocol.to_lowercase(),
        Some("PORT") => value == number,
        Some("ADDR") => is_address(value),
        Some(_) => false,
    };
    is_rest_of_service(service) && is_port(number) && PROTOCOLS.contains(&protocol) && is_its_part
}

fn is_address(value: &str) -> bool {
    value.parse::<IpAddr>().is_ok()
}

fn is_port(value: &str) -> bool {
    value.bytes().all(|byte| byte.is_ascii_digit()) && value.parse::<u16>().is_ok()
}

/// `tcp://10.0.0.11:8080`
fn is_endpoint(value: &str, protocols: &[&str]) -> bool {
    let parts = value.split_once("://");
    parts.is_some_and(|(protocol, address)| {
        protocols.iter().any(|name| name.to_lowercase() == protocol) && address.parse::<SocketAddr>().is_ok()
    })
}

#[cfg(test)]
mod tests {
    use super::is_service_link;
    use crate::config::sections::CATALOGUE;

    #[test]
    fn no_setting_is_mistaken_for_a_service_link() {
        for key in CATALOGUE.all() {
            let variable = key.variable();
            let tail = variable.strip_prefix("PORTICO").unwrap();
            for value in ["10.0.0.11", "8080", "tcp://10.0.0.11:8080", "tcp", key.example] {
                assert!(!is_service_link(tail, value), "{variable}={value}");
            }
        }
    }

    #[test]
    fn both_the_name_and_the_value_must_fit() {
        for (tail, value) in [
            ("_SERVICE_HOST", "portico.example.com"),
            ("_SERVICE_PORT", "http"),
            ("_SERVICE_PORT", "+80"),
            ("_SERVICE_PORT_", "80"),
            ("_LISTEN_PORT", "8080"),
            ("_PORT", "http://10.0.0.11:8080"),
            ("_PORT", "tcp://portico:8080"),
            ("_PORT_8080_TCP", "udp://10.0.0.11:8080"),
            ("_PORT_8080_TCP_PROTO", "udp"),
            ("_PORT_8080_TCP_PORT", "8081"),
            ("_PORT_8080_TCP_START", "8080"),
            ("_PORT_8080_HTTP", "tcp://10.0.0.11:8080"),
            ("_PORT_99999_TCP", "tcp://10.0.0.11:99"),
            ("_port", "tcp://10.0.0.11:8080"),
            ("X_PORT", "tcp://10.0.0.11:8080"),
            ("__PORT", "tcp://10.0.0.11:8080"),
            ("_OKTA__ORG_URI", "https://acme.okta.com"),
        ] {
            assert!(!is_service_link(tail, value), "PORTICO{tail}={value}");
        }
    }
}
