//! Kubernetes describes services in every container of their namespace, in variables that may begin like ours.

use super::{Folder, LEAST};

/// The variables that Kubernetes sets for a service: for its address, for its first port, for each port with a name, and
/// for each port as Docker's links did.
fn service_links(service: &str, address: &str, ports: &[(&str, &str, u16)]) -> Vec<(String, String)> {
    let name = service.to_uppercase().replace('-', "_");
    let host = if address.contains(':') {
        format!("[{address}]")
    } else {
        address.to_owned()
    };
    let mut links = vec![(format!("{name}_SERVICE_HOST"), address.to_owned())];
    for (at, (port_name, protocol, port)) in ports.iter().enumerate() {
        let (lower, url) = (
            protocol.to_lowercase(),
            format!("{}://{host}:{port}", protocol.to_lowercase()),
        );
        if at == 0 {
            links.push((format!("{name}_SERVICE_PORT"), port.to_string()));
            links.push((format!("{name}_PORT"), url.clone()));
        }
        if !port_name.is_empty() {
            let port_name = port_name.to_uppercase().replace('-', "_");
            links.push((format!("{name}_SERVICE_PORT_{port_name}"), port.to_string()));
        }
        let of_port = format!("{name}_PORT_{port}_{protocol}");
        links.push((of_port.clone(), url));
        links.push((format!("{of_port}_PROTO"), lower));
        links.push((format!("{of_port}_PORT"), port.to_string()));
        links.push((format!("{of_port}_ADDR"), address.to_owned()));
    }
    links
}

#[test]
fn links_of_services_named_like_us_are_left_alone() {
    let folder = Folder::with(LEAST);
    for service in [
        "portico",
        "portico-web",
        "portico-service-port",
        "portico-okta",
        "portico-ops",
        "portico-store",
        "portico--2",
        "porticos",
    ] {
        for address in ["10.96.0.11", "fd00:10:96::b"] {
            for ports in [
                &[("", "TCP", 80)][..],
                &[("http", "TCP", 8080), ("ops-port", "TCP", 9464)],
                &[("dns", "UDP", 53), ("sctp", "SCTP", 7777)],
            ] {
                let links = service_links(service, address, ports);
                let links: Vec<_> = links
                    .iter()
                    .map(|(name, value)| (name.as_str(), value.as_str()))
                    .collect();
                let config = folder.load(&links).unwrap();
                assert_eq!(config.listen.port(), 8080, "{service}");
            }
        }
    }
}

#[test]
fn a_mistyped_setting_is_refused_although_it_looks_a_little_like_a_link() {
    let folder = Folder::with(LEAST);
    for (variable, value, hint) in [
        (
            "PORTICO_OKTA_ORG_URL",
            "https://acme.okta.com",
            "did you mean PORTICO_OKTA__ORG_URL?",
        ),
        (
            "PORTICO_OPS__LISTN",
            "127.0.0.1:9464",
            "did you mean PORTICO_OPS__LISTEN?",
        ),
        (
            "PORTICO_SESSION__IDLE_TIME",
            "30m",
            "did you mean PORTICO_SESSION__IDLE?",
        ),
        ("PORTICO_LISTEN_PORT", "8080", "unset it"),
        ("PORTICO_SERVICE_HOST", "portico.example.com", "unset it"),
        ("PORTICO_WEB_PORT", "8080", "unset it"),
    ] {
        let report = folder.report(&[(variable, value)]);
        assert!(
            report.contains(&format!("{variable}\n    is not a setting")),
            "{report}"
        );
        assert!(report.contains(hint), "{report}");
    }
}
