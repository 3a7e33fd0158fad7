//! Tokens after the sign-in.

use okta_direct_auth::{AuthorizationServer, ErrorKind, Introspection, TokenRef};
use okta_sim::{CUSTOM_SERVER, Settings};

use super::{Org, device, signed_in};

pub(super) async fn with_offline_access() -> Org {
    Org::with("portico-demo", Settings::default(), |config| {
        config.scopes.push("offline_access".to_owned());
    })
    .await
}

#[tokio::test]
async fn a_session_is_refreshed_and_then_revoked() {
    let org = with_offline_access().await;
    let tokens = signed_in(org.password("password").await);
    let (refresh, sub) = (tokens.refresh_token.unwrap(), tokens.claims.sub);
    let renewed = org.client.refresh(&refresh, &sub, &device()).await.unwrap();
    assert_eq!(renewed.claims.auth_time, tokens.claims.auth_time);
    let newest = renewed.refresh_token.unwrap_or(refresh);
    org.client.revoke_refresh_token(&newest, &device()).await.unwrap();
    let error = org.client.refresh(&newest, &sub, &device()).await.unwrap_err();
    assert_eq!(error.error.kind(), ErrorKind::SessionOver);
}

#[tokio::test]
async fn tokens_are_introspected() {
    let org = with_offline_access().await;
    let tokens = signed_in(org.password("password").await);
    let (access, refresh) = (tokens.access_token.unwrap(), tokens.refresh_token.unwrap());
    for token in [TokenRef::Access(&access), TokenRef::Refresh(&refresh)] {
        let answer = org.client.introspect(token, &device()).await.unwrap();
        let Introspection::Active(active) = answer else {
            panic!("{answer:?}")
        };
        assert_eq!(active.uid.as_deref(), Some(tokens.claims.sub.as_str()));
    }
    org.client.revoke_access_token(&access, &device()).await.unwrap();
    let answer = org
        .client
        .introspect(TokenRef::Access(&access), &device())
        .await
        .unwrap();
    assert_eq!(answer, Introspection::Inactive);
}

#[tokio::test]
async fn user_info_is_about_the_same_user() {
    let org = Org::new("portico-demo").await;
    let tokens = signed_in(org.password("password").await);
    let access = tokens.access_token.unwrap();
    let info = org.client.userinfo(&access, &tokens.claims.sub).await.unwrap();
    assert_eq!(info.preferred_username, tokens.claims.preferred_username);
    org.client.revoke_access_token(&access, &device()).await.unwrap();
    let error = org.client.userinfo(&access, &tokens.claims.sub).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SessionOver);
}

#[tokio::test]
async fn a_custom_server_signs_in_too() {
    for server in ["default", CUSTOM_SERVER] {
        let org = Org::with("portico-demo", Settings::default(), |config| {
            config.authorization_server = AuthorizationServer::Custom(server.to_owned());
        })
        .await;
        let tokens = signed_in(org.password("password").await);
        assert_eq!(tokens.claims.issuer, org.sim.custom_issuer(server));
    }
}

#[tokio::test]
async fn keys_may_rotate_at_any_moment() {
    let org = Org::new("portico-demo").await;
    signed_in(org.password("password").await);
    org.sim.rotate_keys(true).unwrap();
    signed_in(org.password("password").await);
}
