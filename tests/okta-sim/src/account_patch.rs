//! Changes an account while the simulator runs, from a test or with `POST /sim/accounts/{login}`.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::{
    account::{Account, AccountState, Factor},
    accounts::full_login,
    state::State,
};

/// What to change; absent members stay. An unknown login becomes a new account with the usual password.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AccountPatch {
    pub name: Option<String>,
    /// The empty string removes the password.
    pub password: Option<String>,
    pub state: Option<AccountState>,
    pub factors: Option<BTreeSet<Factor>>,
    pub groups: Option<Vec<String>>,
    pub number_challenge: Option<bool>,
    /// A second factor is demanded even when none is enrolled.
    pub must_have_second: Option<bool>,
}

impl AccountPatch {
    pub(crate) fn apply(self, state: &mut State, login: &str) {
        let login = full_login(login);
        let account = state
            .accounts
            .entry(login)
            .or_insert_with_key(|login| Account::new(login, login, Some(crate::PASSWORD), &[]));
        self.apply_to(account);
    }

    fn apply_to(self, account: &mut Account) {
        if let Some((given, family)) = self.name.as_deref().and_then(|name| name.split_once(' ')) {
            given.clone_into(&mut account.given_name);
            family.clone_into(&mut account.family_name);
        }
        if let Some(password) = self.password {
            account.password = Some(password).filter(|password| !password.is_empty());
        }
        if let Some(state) = self.state {
            account.state = state;
            account.wrong_passwords = 0;
        }
        account.factors = self.factors.unwrap_or_else(|| std::mem::take(&mut account.factors));
        account.groups = self.groups.unwrap_or_else(|| std::mem::take(&mut account.groups));
        account.number_challenge = self.number_challenge.unwrap_or(account.number_challenge);
        account.must_have_second = self.must_have_second.unwrap_or(account.must_have_second);
    }
}
