//! Calls for a command that checks how an org and its app are set up. None names a user of the org, and none can
//! succeed: everything in them that a user would supply is made up. So none counts as anybody's try.

mod grant;
mod redirect;

pub use self::{grant::GrantProbe, redirect::RedirectAnswer};

use crate::{Client, Device, Error, RefreshToken, TokenRef, metadata::Asked, uuid::random_uuid};

impl Client {
    /// Asks for the discovery document as it is for this app. An app can have an issuer of its own, which its ID tokens
    /// then carry and the server's own document does not show.
    pub async fn probe_issuer(&self) -> Result<(), Error> {
        self.document(Asked::ForApp).await.map(drop)
    }

    /// Fetches the key set, if it is not cached.
    pub async fn probe_keys(&self) -> Result<(), Error> {
        self.await_keys().await
    }

    /// Authenticates as the app, by revoking a token that nobody has. Okta answers that as if it had done it.
    pub async fn probe_client(&self) -> Result<(), Error> {
        let token = RefreshToken::new(self.made_up());
        self.revoke(TokenRef::Refresh(&token), &Device::default()).await
    }

    fn made_up(&self) -> String {
        random_uuid(&*self.entropy)
    }
}
