use std::net::IpAddr;

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use proptest::prelude::*;

use super::{ForwardedHeader, TrustedProxies, client_address, peer_is_trusted};

fn trusted(header: ForwardedHeader) -> TrustedProxies {
    TrustedProxies {
        nets: vec!["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()],
        header,
    }
}

fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        headers.append(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
    }
    headers
}

fn address_of(peer: &str, header: ForwardedHeader, lines: &[(&'static str, &str)]) -> String {
    let peer: IpAddr = peer.parse().unwrap();
    client_address(peer, &headers(lines), &trusted(header)).to_string()
}

#[test]
fn sec_117_x_forwarded_for_counts_only_as_far_as_trusted_proxies_wrote_it() {
    let cases: &[(&str, &[&str], &str)] = &[
        ("203.0.113.5", &["1.1.1.1"], "203.0.113.5"),
        ("10.0.0.1", &["1.1.1.1, 198.51.100.7"], "198.51.100.7"),
        ("10.0.0.1", &["1.1.1.1, 198.51.100.7, 10.0.0.2"], "198.51.100.7"),
        ("10.0.0.1", &["1.1.1.1", "198.51.100.7"], "198.51.100.7"),
        ("10.0.0.1", &["10.0.0.9"], "10.0.0.9"),
        ("10.0.0.1", &["10.0.0.9, 10.0.0.8"], "10.0.0.9"),
        ("10.0.0.1", &["198.51.100.7:4711"], "198.51.100.7"),
        ("10.0.0.1", &["[2001:db8::1]:4711"], "2001:db8::1"),
        ("10.0.0.1", &["[2001:db8::1]"], "2001:db8::1"),
        ("10.0.0.1", &["2001:db8::1"], "2001:db8::1"),
        ("::ffff:10.0.0.1", &["::ffff:198.51.100.7"], "198.51.100.7"),
        ("fd00::1", &["198.51.100.7, fd12::2"], "198.51.100.7"),
        ("10.0.0.1", &[], "10.0.0.1"),
        ("10.0.0.1", &[""], "10.0.0.1"),
        ("10.0.0.1", &["unknown"], "10.0.0.1"),
        ("10.0.0.1", &["_x"], "10.0.0.1"),
        ("10.0.0.1", &["1.1.1"], "10.0.0.1"),
        ("10.0.0.1", &["1.1.1.1, x"], "10.0.0.1"),
        ("10.0.0.1", &["1.1.1.1,"], "10.0.0.1"),
        ("10.0.0.1", &["1.1.1.1:99999"], "10.0.0.1"),
        ("10.0.0.1", &["[1.1.1.1]"], "10.0.0.1"),
        ("10.0.0.1", &["fe80::1%eth0"], "10.0.0.1"),
        ("10.0.0.1", &["0x7f.1"], "10.0.0.1"),
        // Nothing is read further left than the address that counts.
        ("10.0.0.1", &["x, 198.51.100.7"], "198.51.100.7"),
    ];
    for (peer, values, expected) in cases {
        let lines: Vec<_> = values.iter().map(|value| ("x-forwarded-for", *value)).collect();
        let address = address_of(peer, ForwardedHeader::XForwardedFor, &lines);
        assert_eq!(address, *expected, "{peer} {values:?}");
    }
}

#[test]
fn sec_117_a_header_of_ten_kilobytes_is_not_believed() {
    let long = "198.51.100.7, ".repeat(730) + "198.51.100.7";
    assert!(long.len() > 10_000);
    let lines = [("x-forwarded-for", long.as_str())];
    let address = address_of("10.0.0.1", ForwardedHeader::XForwardedFor, &lines);
    assert_eq!(address, "10.0.0.1");
}

#[test]
fn sec_117_only_the_configured_header_is_read() {
    let both = [("forwarded", "for=1.1.1.1"), ("x-forwarded-for", "198.51.100.7")];
    for (header, lines, expected) in [
        (ForwardedHeader::XForwardedFor, &both[..1], "10.0.0.1"),
        (ForwardedHeader::XForwardedFor, &both[..], "198.51.100.7"),
        (ForwardedHeader::Forwarded, &both[1..], "10.0.0.1"),
        (ForwardedHeader::Forwarded, &both[..], "1.1.1.1"),
    ] {
        assert_eq!(address_of("10.0.0.1", header, lines), expected);
    }
}

#[test]
fn sec_117_forwarded_is_read_by_rfc_7239() {
    let cases: &[(&[&str], &str)] = &[
        (&["for=198.51.100.7"], "198.51.100.7"),
        (&["For=\"[2001:db8:cafe::17]:4711\""], "2001:db8:cafe::17"),
        (&["for=\"[2001:db8::1]\";proto=https;by=203.0.113.43"], "2001:db8::1"),
        (&["for=1.1.1.1, for=198.51.100.7;proto=http"], "198.51.100.7"),
        (
            &["for=1.1.1.1", "proto=http; for=198.51.100.7, for=10.0.0.3"],
            "198.51.100.7",
        ),
        (&["for=198.51.100.7;host=\"a,b;for=9.9.9.9\""], "198.51.100.7"),
        (&["for=1.1.1.1, for=unknown"], "10.0.0.1"),
        (&["for=_hidden"], "10.0.0.1"),
        (&["proto=https"], "10.0.0.1"),
        (&["for=1.1.1.1;for=2.2.2.2"], "10.0.0.1"),
        (&["for=\"1.1.1.1"], "10.0.0.1"),
        (&["for=1.1.1.1\""], "10.0.0.1"),
        (&["1.1.1.1"], "10.0.0.1"),
    ];
    for (values, expected) in cases {
        let lines: Vec<_> = values.iter().map(|value| ("forwarded", *value)).collect();
        let address = address_of("10.0.0.1", ForwardedHeader::Forwarded, &lines);
        assert_eq!(address, *expected, "{values:?}");
    }
}

#[test]
fn sec_117_nobody_is_trusted_by_default() {
    let lines = headers(&[("x-forwarded-for", "1.1.1.1")]);
    let peer: IpAddr = "127.0.0.1".parse().unwrap();
    let nobody = TrustedProxies::default();
    assert_eq!(client_address(peer, &lines, &nobody), peer);
    assert!(!peer_is_trusted(peer, &nobody));
    let mapped = "::ffff:10.9.9.9".parse().unwrap();
    assert!(peer_is_trusted(mapped, &trusted(ForwardedHeader::XForwardedFor)));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn sec_117_what_the_visitor_writes_never_matters(spoofed in "[ -~]{0,200}") {
        let line = format!("{spoofed}, 198.51.100.7");
        let lines = [("x-forwarded-for", line.as_str())];
        let address = address_of("10.0.0.1", ForwardedHeader::XForwardedFor, &lines);
        prop_assert_eq!(address, "198.51.100.7");
        let lines = [("x-forwarded-for", spoofed.as_str())];
        let address = address_of("203.0.113.5", ForwardedHeader::XForwardedFor, &lines);
        prop_assert_eq!(address, "203.0.113.5");
    }
}
