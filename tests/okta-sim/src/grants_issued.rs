//! Issued tokens: whom they are for and whether they are still valid.

use crate::{
    clock::Millis,
    transactions::{Origin, Table},
};

/// What all tokens of one sign-in share.
#[derive(Debug, Clone)]
pub(crate) struct Grant {
    pub(crate) origin: Origin,
    pub(crate) login: String,
    pub(crate) scope: String,
    pub(crate) auth_time: i64,
    pub(crate) amr: Vec<&'static str>,
    pub(crate) acr: Option<String>,
    /// Ties refresh and access tokens of one sign-in together.
    pub(crate) family: String,
    /// Thumbprint of the key that the tokens are bound to.
    pub(crate) jkt: Option<String>,
    /// From the authorization request; only the first ID token repeats it.
    pub(crate) nonce: Option<String>,
}

#[derive(Debug, Clone)]
pub(crate) struct AccessToken {
    pub(crate) grant: Grant,
    pub(crate) jti: String,
    pub(crate) iat: i64,
    pub(crate) exp: i64,
    pub(crate) is_revoked: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct RefreshToken {
    pub(crate) grant: Grant,
    pub(crate) exp: i64,
    /// When it was exchanged for its successor.
    pub(crate) replaced_at: Option<Millis>,
    pub(crate) is_revoked: bool,
}

#[derive(Debug, Default)]
struct Family {
    members: Vec<String>,
    exp: i64,
}

#[derive(Debug, Default)]
pub(crate) struct Issued {
    pub(crate) access: Table<AccessToken>,
    pub(crate) refresh: Table<RefreshToken>,
    /// The tokens of each family, so that revoking one needs no scan.
    families: Table<Family>,
}

impl Issued {
    pub(crate) fn add_access(&mut self, token: String, access: AccessToken, now: i64) {
        self.join(&access.grant.family, &token, access.exp, now);
        self.access.insert(token, access, |kept| kept.exp > now);
    }

    pub(crate) fn add_refresh(&mut self, token: String, refresh: RefreshToken, now: i64) {
        self.join(&refresh.grant.family, &token, refresh.exp, now);
        self.refresh.insert(token, refresh, |kept| kept.exp > now);
    }

    fn join(&mut self, family: &str, token: &str, exp: i64, now: i64) {
        if self.families.get(family).is_none() {
            self.families
                .insert(family.to_owned(), Family::default(), |kept| kept.exp > now);
        }
        if let Some(family) = self.families.get_mut(family) {
            family.members.push(token.to_owned());
            family.exp = family.exp.max(exp);
        }
    }

    /// Revokes every token of an account.
    pub(crate) fn revoke_account(&mut self, login: &str) {
        for access in self.access.values_mut() {
            access.is_revoked |= access.grant.login == login;
        }
        for refresh in self.refresh.values_mut() {
            refresh.is_revoked |= refresh.grant.login == login;
        }
    }

    /// Revokes every token of one sign-in.
    pub(crate) fn revoke_family(&mut self, family: &str) {
        for token in self.families.remove(family).unwrap_or_default().members {
            if let Some(access) = self.access.get_mut(&token) {
                access.is_revoked = true;
            }
            if let Some(refresh) = self.refresh.get_mut(&token) {
                refresh.is_revoked = true;
            }
        }
    }
}
