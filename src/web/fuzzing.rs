//! Readers of what browsers, proxies and portals send, for tests/fuzz.

#![expect(clippy::missing_panics_doc, reason = "to panic is how a finding is told")]

use std::net::{IpAddr, Ipv4Addr};
use std::sync::LazyLock;

use actix_web::http::header::{COOKIE, HeaderMap, HeaderValue};
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use url::Url;

use super::admission::FormTokens;
use super::api::{global_token_revocation, policy_reports};
use super::cookies;
use super::cookies::Cookies;
use super::forward_auth::verify::RawAuthRequest;
use super::middleware::client_address::{ForwardedHeader, TrustedProxies};
use super::pages::posted_form::fields;
use super::pages::{account_ends, code, factor, passkey, sign_in, sign_out};
use crate::domain::factor::Factor;
use crate::domain::input::{Code, Login, Password};
use crate::portal::fuzzing::{DESTINATIONS, is_allowed};
use crate::portal::gate::{Gate, Preflights, Verdict};
use crate::portal::rules::{Requirement, Rule, Rules};
use crate::portal::{PathMatching, PathPattern};

pub use super::upstream::fuzzing::upstream_answers;

/// Lines of the header `Cookie`.
pub fn cookies(data: &[u8]) {
    let mut headers = HeaderMap::new();
    for line in data.split(|byte| *byte == b'\n') {
        let Ok(value) = HeaderValue::from_bytes(line) else {
            continue;
        };
        headers.append(COOKIE, value);
        let others = cookies::without_ours(line);
        let others = others.as_deref().unwrap_or_default();
        let is_ours = |pair: &[u8]| cookies::is_ours(pair);
        let pairs = |line: &[u8]| -> Vec<Vec<u8>> {
            let pairs = line.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
            let kept = pairs.filter(|pair| !pair.is_empty() && !is_ours(pair));
            kept.map(<[u8]>::to_vec).collect()
        };
        assert!(!others.split(|byte| *byte == b';').any(is_ours));
        assert_eq!(pairs(line), pairs(others), "none of the others is lost");
    }
    for jar in [
        Cookies::new("https", None),
        Cookies::new("https", Some("example.com")),
        Cookies::new("http", None),
    ] {
        let _read = (
            jar.visits(&headers),
            jar.hand_off_nonce_of(&headers),
            jar.way_of(&headers),
            jar.device_of(&headers),
        );
        // Whatever comes before it, a session is found.
        let id = "A".repeat(43);
        let mut with_one = headers.clone();
        let session = format!("x; {}={id}", jar.session_name());
        if let Ok(value) = HeaderValue::from_str(&session) {
            with_one.append(COOKIE, value);
        }
        let found = cookies::values(&with_one, jar.session_name());
        assert_eq!(found.last(), Some(&*id));
    }
}

/// A proxy's question, as the head of an HTTP request.
pub fn questions(data: &[u8]) {
    static GATES: LazyLock<Vec<Gate>> = LazyLock::new(|| {
        let rule = |path, requirement| {
            let path = PathPattern::parse(path, false)?;
            Some(Rule {
                host: None,
                path,
                methods: Vec::new(),
                requirement,
            })
        };
        let rules = [rule("/shut", Requirement::Nobody), rule("/open", Requirement::Public)];
        let rules = |matching| Rules::new(rules.iter().flatten().cloned().collect(), matching);
        let gates = [
            (PathMatching::Exact, Preflights::Rules),
            (PathMatching::Exact, Preflights::Pass),
            (PathMatching::Windows, Preflights::Rules),
        ];
        let gates = gates
            .into_iter()
            .filter_map(|(matching, preflights)| Some(Gate::new(DESTINATIONS.clone()?, rules(matching), preflights)));
        gates.collect()
    });
    assert_eq!(GATES.len(), 3);
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let peer = IpAddr::V4(Ipv4Addr::LOCALHOST);
    for header in [ForwardedHeader::XForwardedFor, ForwardedHeader::Forwarded] {
        let trusted = TrustedProxies {
            nets: vec![peer.into()],
            header,
        };
        let Ok(request) = RawAuthRequest::read(text, peer, "/auth", &trusted) else {
            continue;
        };
        let asked = request.asked();
        for gate in &*GATES {
            let Ok(found) = gate.examine(&asked) else {
                continue;
            };
            let address = format!("{}://{}{}", asked.scheme, asked.host, asked.uri);
            let address = Url::parse(&address);
            // No browser goes to a host with an invalid `xn--` label.
            let is_odd_label = asked.host.to_ascii_lowercase().contains("xn--");
            let is_known = address.as_ref().map_or(is_odd_label, is_allowed);
            assert!(is_known, "of the portal");
            let path = address.as_ref().map(Url::path).unwrap_or_default();
            let path = percent_decode_str(path).decode_utf8_lossy().to_lowercase();
            let is_below = |top: &str| {
                let rest = path.strip_prefix(top);
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            };
            if found.admits(None, Timestamp::UNIX_EPOCH) == Verdict::Allow {
                let is_let = asked.is_preflight && gate.preflights() == Preflights::Pass;
                assert!(path.starts_with("/open") || is_let, "nobody else passes");
                assert!(!is_below("/shut"), "nobody passes");
            }
            if let Ok(target) = gate.target(&asked) {
                assert!(Url::parse(target.as_str()).is_ok_and(|target| is_allowed(&target)));
            }
        }
    }
}

/// A body, read as each of our forms, as a Universal Logout order, and as policy reports.
pub fn forms(data: &[u8]) {
    let _read = (
        fields::<sign_in::SignInForm>(data).is_ok(),
        fields::<sign_in::SignInQuery>(data).is_ok(),
        fields::<factor::FactorForm>(data).is_ok(),
        fields::<code::CodeForm>(data).is_ok(),
        fields::<passkey::PasskeyForm>(data).is_ok(),
        fields::<account_ends::EndForm>(data).is_ok(),
        fields::<sign_out::SignOutForm>(data).is_ok(),
        fields::<FormTokens>(data).is_ok(),
        global_token_revocation::subject(data).is_some(),
    );
    for kind in policy_reports::Kind::ALL {
        assert!(policy_reports::directives(kind, data).len() <= data.len());
    }
    let Ok(pairs) = fields::<Vec<(String, String)>>(data) else {
        return;
    };
    for (_, value) in pairs {
        if let Ok(login) = Login::parse(&value) {
            assert!(!login.as_str().is_empty() && login.as_str().chars().count() <= Login::MAX);
            assert_eq!(Login::parse(login.as_str()).as_ref(), Ok(&login));
        }
        for factor in Factor::ALL {
            let _code = Code::parse(&value.clone().into(), factor);
        }
        let _password = Password::parse(value.into());
    }
}
