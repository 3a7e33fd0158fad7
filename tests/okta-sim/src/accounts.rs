//! The accounts that every simulator starts with, each named for what it shows.

use std::collections::HashMap;

use crate::{
    account::{Account, AccountState, Factor},
    webauthn::Passkey,
};

/// The password of every account that starts with one.
pub const PASSWORD: &str = "portico-demo";

const DOMAIN: &str = "@example.com";

/// `push` and `Push@example.com` are both `push@example.com`.
pub(crate) fn full_login(login: &str) -> String {
    let login = login.to_lowercase();
    if login.contains('@') { login } else { login + DOMAIN }
}

pub(crate) fn at_start() -> HashMap<String, Account> {
    use Factor::{Email, Otp, Passkey, Push, Sms, Voice};
    let with = Some(PASSWORD);
    let plain = [
        ("password", "Paula Password", with, &[][..]),
        ("otp", "Otto Authenticator", with, &[Otp]),
        ("phone", "Fiona Phone", with, &[Sms, Voice]),
        ("email", "Emil Email", with, &[Email]),
        ("push", "Petra Push", with, &[Push]),
        ("number", "Nadia Number", with, &[Push]),
        ("all", "Alex Allfactors", with, &[Otp, Push, Sms, Voice, Email, Passkey]),
        ("passkey", "Pia Passkey", None, &[Passkey]),
        ("passwordless", "Lea Passwordless", None, &[Otp, Push, Email]),
        ("locked", "Lothar Locked", with, &[Otp, Push]),
        ("expired", "Edda Expired", with, &[Email]),
        ("unenrolled", "Uwe Unenrolled", with, &[]),
        ("unassigned", "Una Unassigned", with, &[]),
        ("denied", "Dario Denied", with, &[]),
    ];
    let account = |(name, full, password, factors): (&str, &str, Option<&str>, &[Factor])| {
        let mut account = Account::new(&full_login(name), full, password, factors);
        give_character(&mut account, name);
        (account.login.clone(), account)
    };
    plain.into_iter().map(account).collect()
}

fn give_character(account: &mut Account, name: &str) {
    account.state = match name {
        "locked" => AccountState::Locked,
        "expired" => AccountState::PasswordExpired,
        "unassigned" => AccountState::Unassigned,
        "denied" => AccountState::Denied,
        _ => AccountState::Active,
    };
    account.must_have_second = name == "unenrolled";
    account.number_challenge = name == "number";
    if name == "all" {
        account.groups.push("Administrators".to_owned());
    }
    account.passkeys.extend(Passkey::shipped(name));
}

/// The position in a list of accounts: simple ones first, those that a test added last.
pub(crate) fn rank(login: &str) -> usize {
    const ORDER: [&str; 14] = [
        "password",
        "otp",
        "phone",
        "email",
        "push",
        "number",
        "all",
        "passkey",
        "passwordless",
        "locked",
        "expired",
        "unenrolled",
        "unassigned",
        "denied",
    ];
    let name = login.strip_suffix(DOMAIN).unwrap_or(login);
    ORDER.iter().position(|known| *known == name).unwrap_or(ORDER.len())
}
