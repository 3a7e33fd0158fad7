//! No client can send a header by which any known gateway names the user to a portal, whichever proxy is in front.

use futures_util::future::join_all;

use crate::forged::NAMES;
use crate::portal::Request;
use crate::recipe::Kind;
use crate::scene::Scene;

behind_every_proxy! {
    under_a_path:
    sec_313_no_name_of_any_gateway_is_a_clients_to_send
}

/// The headers of gateways for which there is no set, as each documents them, and the one that many programs take for a
/// setting.
const OF_OTHERS: [&str; 57] = [
    "x-forwarded-user",
    "x-forwarded-email",
    "x-forwarded-groups",
    "x-forwarded-preferred-username",
    "x-forwarded-access-token",
    "gap-auth",
    "gap-signature",
    "x-forwarded-roles",
    "x-forwarded-email-verified",
    "x-forwarded-family-name",
    "x-forwarded-given-name",
    "x-forwarded-mfa",
    "x-forwarded-pref-username",
    "remote-sub",
    "x-authentik-meta-app",
    "x-authentik-meta-jwks",
    "x-authentik-meta-outpost",
    "x-authentik-meta-provider",
    "x-authentik-meta-version",
    "x-vouch-user",
    "x-vouch-success",
    "x-vouch-idp-accesstoken",
    "x-vouch-idp-idtoken",
    "x-vouch-idp-claims-email",
    "x-vouch-idp-claims-groups",
    "x-vouch-idp-claims-name",
    "x-vouch-idp-claims-sub",
    "x-pomerium-jwt-assertion",
    "x-pomerium-claim-email",
    "x-pomerium-claim-groups",
    "x-pomerium-claim-name",
    "x-pomerium-claim-sub",
    "x-pomerium-claim-user",
    "x-kratos-authenticated-identity-id",
    "x-auth-request-redirect",
    "oidc-access-token",
    "oidc-id-token",
    "oidc-claim-email",
    "oidc-claim-groups",
    "oidc-claim-name",
    "oidc-claim-preferred-username",
    "oidc-claim-sub",
    "x-token-subject",
    "x-token-user-email",
    "x-token-user-name",
    "x-token-user-roles",
    "x-webauth-user",
    "x-webauth-email",
    "x-webauth-groups",
    "x-webauth-name",
    "x-remote-user",
    "x-remote-group",
    "x-userinfo",
    "auth-user",
    "auth-mail",
    "auth-groups",
    "proxy",
];

pub(crate) async fn sec_313_no_name_of_any_gateway_is_a_clients_to_send(scene: Scene) {
    let browser = scene.signed_in().await;
    let (cookie, sub) = (Scene::cookie(&browser), browser.session().await["sub"].clone());
    let all: Vec<&str> = NAMES.into_iter().chain(OF_OTHERS).collect();
    for names in all.chunks(15) {
        let spelled = |name: &&str| [(*name).to_owned(), name.to_uppercase(), name.to_lowercase()];
        let lines = names.iter().flat_map(spelled);
        let lines: Vec<String> = lines
            .map(|name| format!("{name}: forged"))
            .chain([cookie.clone()])
            .collect();
        for path in ["/open", "/orders"] {
            let answer = scene.says(&format!("GET {path}"), &lines).await;
            assert_eq!(answer.status, 200, "{names:?}: {answer:?}");
            assert!(!answer.body.contains("forged"), "{names:?}: {}", answer.body);
            assert_eq!(Request::of(&answer.body).header("portico-user"), sub);
        }
    }
    // Spellings that many portals take for the same name: a proxy may refuse them, and must not pass them on.
    let spelled = all.iter().flat_map(|name| {
        let mixed = name.replacen('-', "_", 1);
        // Traefik knows only whole names: docs/forward-auth.md.
        let mixed = (scene.kind != Some(Kind::Traefik)).then_some(mixed);
        [name.replace('-', "_"), name.replace('-', ".")]
            .into_iter()
            .chain(mixed)
    });
    let spelled: Vec<String> = spelled.map(|name| format!("{name}: forged")).collect();
    for lines in spelled.chunks(15) {
        let together = scene.says("GET /orders", &with(lines, &cookie)).await;
        if together.status == 200 {
            assert!(!together.body.contains("forged"), "{}", together.body);
            continue;
        }
        // It is not known which line was refused, so each is sent alone; all at once, because Envoy takes a second to
        // close what it refused.
        let alone = lines.iter().map(async |line| {
            let answer = scene
                .says("GET /orders", &with(std::slice::from_ref(line), &cookie))
                .await;
            assert!(matches!(answer.status, 200 | 400..=499), "{line}: {answer:?}");
            assert!(!answer.body.contains("forged"), "{line}: {}", answer.body);
        });
        join_all(alone).await;
    }
}

fn with(lines: &[String], cookie: &str) -> Vec<String> {
    let cookie = std::iter::once(cookie.to_owned());
    lines.iter().cloned().chain(cookie).collect()
}
