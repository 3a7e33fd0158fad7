//! Changes a client's registration: at start, from a test, or with `POST /sim/clients/{id}`.

use serde::Deserialize;

use crate::client::{Client, ClientAuth, ClientKey};
use crate::{error::Error, grant::GrantType};

/// What to change; absent members stay. It survives a reset, as every address of an application does.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClientPatch {
    /// Where `/authorize` may send a browser back to, compared exactly.
    pub redirect_uris: Option<Vec<String>>,
    /// Where `/logout` may send a browser, compared exactly.
    pub post_logout_redirect_uris: Option<Vec<String>>,
    /// Grant types, by their names on the wire.
    pub grants: Option<Vec<String>>,
    /// The issuer that this app's ID tokens carry, and that discovery shows to this app, on the org's own server.
    pub issuer: Option<String>,
    /// PKCE even for a client with a secret or a key. Public clients need it in any case.
    pub require_pkce: Option<bool>,
    /// The secrets, of a client that has one: Okta lets an app have two while one replaces the other.
    pub secrets: Option<Vec<String>>,
    /// The public keys, of a client that signs.
    pub keys: Option<Vec<ClientKey>>,
}

impl ClientPatch {
    pub(crate) fn applied(self, to: &Client) -> Result<Client, Error> {
        let mut client = to.clone();
        if let Some(names) = self.grants {
            let parsed = names
                .iter()
                .map(|name| GrantType::parse(name).ok_or(Error::NoSuchGrant));
            client.grants = parsed.collect::<Result<_, _>>()?;
        }
        client.issuer = self.issuer.or(client.issuer);
        client.redirect_uris = self.redirect_uris.unwrap_or(client.redirect_uris);
        client.post_logout_redirect_uris = self
            .post_logout_redirect_uris
            .unwrap_or(client.post_logout_redirect_uris);
        client.secrets = self.secrets.unwrap_or(client.secrets);
        if let (ClientAuth::PrivateKeyJwt(registered), Some(keys)) = (&mut client.auth, self.keys) {
            *registered = keys;
        }
        client.require_pkce = self.require_pkce.unwrap_or(client.require_pkce);
        Ok(client)
    }
}
