//! Every address of the service, and the headers that every answer carries.

use super::Page;

/// Every address and the methods it has.
pub(crate) const ADDRESSES: [(&str, &[&str]); 20] = [
    ("/sign-in", &["GET", "POST"]),
    ("/sign-in/factor", &["GET", "POST"]),
    ("/sign-in/code", &["GET", "POST"]),
    ("/sign-in/code/resend", &["POST"]),
    ("/sign-in/push", &["GET", "POST"]),
    ("/sign-in/push/events", &["GET"]),
    ("/sign-in/push/resend", &["POST"]),
    ("/sign-in/passkey", &["GET", "POST"]),
    ("/sign-in/restart", &["POST"]),
    ("/account", &["GET"]),
    ("/account/end", &["POST"]),
    ("/account/end-others", &["POST"]),
    ("/sign-out", &["GET", "POST"]),
    ("/signed-out", &["GET"]),
    ("/session", &["GET"]),
    ("/companion.js", &["GET"]),
    ("/session/extend", &["POST"]),
    ("/global-token-revocation", &["POST"]),
    ("/sign-in/policy-reports", &["POST"]),
    ("/assets/app.css", &["GET"]),
];

/// The headers of SEC-301 to SEC-304 and SEC-318, whatever the answer.
pub(crate) fn assert_guarded(page: &Page) {
    let of = |name: &str| page.header(name);
    let policy = of("content-security-policy");
    assert!(
        policy.starts_with("default-src 'none'; ") && !policy.contains("unsafe"),
        "{}: {policy}",
        page.url
    );
    for part in [
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "form-action 'self'",
        "require-trusted-types-for 'script'",
    ] {
        assert!(policy.contains(part), "{}: {policy}", page.url);
    }
    assert_eq!(of("x-content-type-options"), "nosniff", "{}", page.url);
    assert_eq!(of("x-frame-options"), "DENY");
    assert_eq!(of("cross-origin-opener-policy"), "same-origin");
    assert_eq!(of("cross-origin-resource-policy"), "same-origin");
    assert_eq!(of("referrer-policy"), "same-origin", "SEC-303");
    assert!(of("permissions-policy").contains("publickey-credentials-get=(self)"));
    assert!(!of("cache-control").is_empty());
    assert!(of("server").is_empty() && of("x-powered-by").is_empty(), "SEC-318");
    assert!(of("access-control-allow-origin").is_empty(), "SEC-305");
    assert!(of("strict-transport-security").is_empty(), "only over https");
    let kind = of("content-type");
    assert!(
        kind.is_empty() || !kind.starts_with("text/") || kind == "text/event-stream" || kind.contains("charset=utf-8"),
        "{kind}"
    );
    assert_eq!(page.headers.get_all("x-request-id").iter().count(), 1, "{}", page.url);
}
