//! The issuer's public keys: when they are fetched.

mod key_set;

pub(crate) use self::key_set::{KeySet, SigningKey};

use std::sync::Arc;

use crate::{
    Client, Device, Error, ErrorKind,
    cache::{Asker, Fetched, Missing},
    transport::{Call, Facts, Purpose},
};

impl Client {
    /// Fetches the keys that the reply will be checked with, before a code or a refresh token is spent on it.
    pub(crate) async fn await_keys(&self) -> Result<(), Error> {
        self.shared.keys.get(&*self.clock, || self.fetch_keys()).await.map(drop)
    }

    /// The keys, renewed if they do not hold `id`.
    pub(crate) async fn keys_with(&self, id: Option<&str>, asker: Asker) -> Result<Arc<KeySet>, Error> {
        let cache = &self.shared.keys;
        let keys = cache.get(&*self.clock, || self.fetch_keys()).await?;
        if keys.find(id).is_some() {
            return Ok(keys);
        }
        let missing = Missing {
            asker,
            what: id,
            is_in: |keys: &KeySet, id| keys.find(id).is_some(),
        };
        let newer = cache.beyond(missing, &*self.clock, self.fetch_keys()).await;
        match (newer, asker) {
            (Some(newer), _) => Ok(newer),
            (None, Asker::Okta) => Ok(keys),
            // The stranger's token may still be Okta's, signed with a brand-new key. That was not looked up.
            (None, Asker::Stranger) => Err(Error::new(ErrorKind::Unavailable, "kid_not_looked_for")),
        }
    }

    async fn fetch_keys(&self) -> Result<Fetched<KeySet>, Error> {
        let metadata = self.metadata().await?;
        let device = Device::default();
        let call = Call::new(Purpose::Keys, &metadata.jwks_uri, &device);
        self.call(&call, |body: &[u8], facts: &Facts| KeySet::read(body, facts))
            .await?
            .good()
    }
}
