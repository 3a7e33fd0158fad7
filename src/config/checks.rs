//! Rules that span sections.

use std::net::SocketAddr;

use super::reader::Reader;
use super::{OktaConfig, OpsConfig, SignInConfig, Way};

/// Passkeys need the org's `WebAuthn` grants. Without them, a passkey that is only there by default is left out
/// quietly; one that the operator wrote is refused.
pub(super) fn passkeys_need_webauthn(
    reader: &mut Reader,
    okta: Option<&OktaConfig>,
    sign_in: Option<&mut SignInConfig>,
) {
    let (Some(okta), Some(sign_in)) = (okta, sign_in) else {
        return;
    };
    if okta.webauthn {
        return;
    }
    if !reader.is_set("sign_in.second") {
        sign_in.second.retain(|way| *way != Way::Passkey);
    }
    for (path, ways) in [("sign_in.first", &sign_in.first), ("sign_in.second", &sign_in.second)] {
        if ways.contains(&Way::Passkey) {
            let rule = "holds \"passkey\", but okta.webauthn is false";
            reader.refuse(
                path,
                rule,
                "webauthn = true under [okta] if the org offers it, else leave \"passkey\" out",
            );
        }
    }
}

/// The private port must not be the public one.
pub(super) fn ports_differ(reader: &mut Reader, public: Option<&SocketAddr>, ops: Option<&OpsConfig>) {
    let (Some(public), Some(ops)) = (public, ops) else {
        return;
    };
    let private = ops.listen;
    let overlaps = public.ip() == private.ip() || public.ip().is_unspecified() || private.ip().is_unspecified();
    // Port 0 means any free port, so two of them never collide.
    if public.port() == private.port() && public.port() != 0 && overlaps {
        let rule = "is the port of `listen` too: metrics and administration would be public";
        reader.refuse("ops.listen", rule, "listen = \"127.0.0.1:9464\"");
    }
}
