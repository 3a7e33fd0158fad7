//! The device cookie: proof of which accounts have signed in with this browser before (SEC-112).

use std::sync::Arc;

use aws_lc_rs::{constant_time, hmac};
use jiff::Timestamp;

use super::Ids;
use crate::domain::device::{DeviceId, KnownDevice, LIFE_DAYS, Voucher};
use crate::domain::input::{Login, folded};

/// Makes and checks device cookies.
#[derive(Debug, Clone)]
pub struct DeviceCookies {
    pub(super) ids: Ids,
    pub(super) keys: Arc<[hmac::Key]>,
}

impl DeviceCookies {
    /// Whether this account has signed in with this browser within the last year.
    pub fn recognises(&self, device: &KnownDevice, login: &Login, now: Timestamp) -> bool {
        let (name, today) = (folded(login.as_str()), day(now));
        device.vouchers().iter().any(|voucher| {
            // Around midnight, replicas may disagree about the day.
            let is_young = voucher.day <= today + 1 && voucher.day + LIFE_DAYS >= today;
            is_young && self.is_voucher(device.id(), voucher, &name)
        })
    }

    /// The new device cookie after this account has signed in with this browser.
    ///
    /// A device id that the browser brought is kept: it proves nothing by itself, and without it other accounts in this
    /// browser would lose their vouchers.
    pub fn vouch(&self, device: Option<&KnownDevice>, login: &Login, now: Timestamp) -> KnownDevice {
        let device = device.cloned();
        let device = device.unwrap_or_else(|| KnownDevice::new(self.ids.random()));
        let (name, today) = (folded(login.as_str()), day(now));
        let mut fresh = Voucher {
            day: today,
            tag: Default::default(),
        };
        if let Some(key) = self.keys.first() {
            let tag = hmac::sign(key, &vouched(device.id(), today, &name));
            for (to, from) in fresh.tag.iter_mut().zip(tag.as_ref()) {
                *to = *from;
            }
        }
        device.with(fresh, |other| self.is_voucher(device.id(), other, &name))
    }

    /// Takes the same time for every wrong voucher.
    fn is_voucher(&self, id: &DeviceId, voucher: &Voucher, name: &str) -> bool {
        let text = vouched(id, voucher.day, name);
        self.keys.iter().any(|key| {
            let tag = hmac::sign(key, &text);
            let (tag, _) = tag.as_ref().split_at(voucher.tag.len());
            constant_time::verify_slices_are_equal(tag, &voucher.tag).is_ok()
        })
    }
}

/// Id and day have fixed lengths, so the text is unambiguous.
fn vouched(id: &DeviceId, day: u32, name: &str) -> Vec<u8> {
    [id.as_slice(), &day.to_be_bytes(), name.as_bytes()].concat()
}

fn day(now: Timestamp) -> u32 {
    u32::try_from(now.as_second() / 86_400).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::clock::SystemEntropy;
    use crate::domain::session::after;
    use crate::session::secrets::Secrets;
    use crate::session::secrets::keys::KeyRing;

    const NOW: Timestamp = Timestamp::constant(1_900_000_000, 0);

    fn ring() -> KeyRing {
        KeyRing::new(&SystemEntropy, NOW)
    }

    fn cookies(ring: &KeyRing) -> DeviceCookies {
        Secrets::new(ring, Arc::new(SystemEntropy)).device_cookies
    }

    fn login(name: &str) -> Login {
        Login::parse(name).unwrap()
    }

    #[test]
    fn sec_112_a_voucher_is_good_for_its_account_however_it_is_typed_and_for_no_other() {
        let ours = cookies(&ring());
        let device = ours.vouch(None, &login("Ada@Example.com"), NOW);
        assert!(ours.recognises(&device, &login("ada@example.com "), NOW));
        for other in ["bob@example.com", "ada@example.co", "a"] {
            assert!(!ours.recognises(&device, &login(other), NOW), "{other}");
        }
    }

    #[test]
    fn sec_112_a_voucher_of_another_browser_or_another_service_is_none() {
        let (ours, theirs) = (cookies(&ring()), cookies(&ring()));
        let ada = login("ada");
        let device = ours.vouch(None, &ada, NOW);
        assert!(!theirs.recognises(&device, &ada, NOW));
        let [voucher] = device.vouchers() else {
            panic!("one voucher");
        };
        let elsewhere = ours.vouch(None, &login("mallory"), NOW);
        assert_ne!(device.id(), elsewhere.id());
        let planted = elsewhere.with(*voucher, |_| false);
        assert!(!ours.recognises(&planted, &ada, NOW));
        let younger = Voucher {
            day: voucher.day + 1,
            ..*voucher
        };
        assert!(!ours.recognises(&device.with(younger, |_| true), &ada, NOW));
    }

    #[test]
    fn sec_112_a_voucher_counts_for_a_year() {
        let ours = cookies(&ring());
        let ada = login("ada");
        let device = ours.vouch(None, &ada, NOW);
        let days = |days: u64| after(NOW, Duration::from_hours(24 * days));
        assert!(ours.recognises(&device, &ada, days(LIFE_DAYS.into())));
        assert!(!ours.recognises(&device, &ada, days(u64::from(LIFE_DAYS) + 1)));
        let again = ours.vouch(Some(&device), &ada, days(300));
        assert_eq!(again.id(), device.id());
        assert_eq!(again.vouchers().len(), 1, "the old one has gone");
        assert!(ours.recognises(&again, &ada, days(600)));
    }

    #[test]
    fn five_accounts_share_a_browser_and_the_oldest_gives_way() {
        let ours = cookies(&ring());
        let name = |number: usize| login(&format!("person{number}"));
        let mut device = None;
        for number in 0..6 {
            device = Some(ours.vouch(device.as_ref(), &name(number), NOW));
        }
        let device = device.unwrap();
        let known: Vec<bool> = (0..6)
            .map(|number| ours.recognises(&device, &name(number), NOW))
            .collect();
        assert_eq!(known, [false, true, true, true, true, true]);
    }

    #[test]
    fn sec_216_a_voucher_of_before_a_rotation_is_still_good() {
        let ring = ring();
        let (before, after) = (cookies(&ring), cookies(&ring.rotated(&SystemEntropy, NOW)));
        let ada = login("ada");
        let device = before.vouch(None, &ada, NOW);
        assert!(after.recognises(&device, &ada, NOW));
        let again = after.vouch(Some(&device), &ada, NOW);
        assert_eq!(again.vouchers().len(), 1);
        assert!(before.recognises(&again, &ada, NOW));
    }
}
