//! The device cookie: a browser's record of earlier sign-ins, so that tries from other browsers do not lock its owner
//! out (SEC-112).
//!
//! It holds a random id of the browser, and a voucher per account that signed in with it. A voucher can be verified
//! only with the keys of this service, with this id and for this account: no name can be read from it, and a copy of it
//! in another browser's cookie is worthless.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The most accounts in one cookie; beyond that, the one that signed in longest ago is dropped.
pub const MOST_ACCOUNTS: usize = 5;

/// For how many days a browser keeps its cookie, and a voucher in it counts.
pub const LIFE_DAYS: u32 = 365;

const ID: usize = 16;
const DAY: usize = 4;
const TAG: usize = 16;

/// The id of a browser: 128 random bits.
pub type DeviceId = [u8; ID];

/// Vouches that one account has signed in with this browser.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Voucher {
    /// The day of that sign-in, counted from 1970.
    pub day: u32,
    /// The keyed hash of id, day and account.
    pub tag: [u8; TAG],
}

/// The content of the device cookie, unchecked.
#[derive(Clone, PartialEq, Eq)]
pub struct KnownDevice {
    id: DeviceId,
    /// The latest first; never more than [`MOST_ACCOUNTS`].
    vouchers: Vec<Voucher>,
}

impl KnownDevice {
    /// A browser with which no account has signed in yet; only the session room calls this, with bytes of the injected
    /// generator.
    pub fn new(id: DeviceId) -> Self {
        let vouchers = Vec::new();
        Self { id, vouchers }
    }

    /// Reads the cookie value; `None` for anything that this service cannot have written.
    pub fn parse(text: &str) -> Option<Self> {
        const LONGEST: usize = (ID + MOST_ACCOUNTS * (DAY + TAG)).div_ceil(3) * 4;
        if text.len() > LONGEST {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (id, rest) = bytes.split_first_chunk::<ID>()?;
        let (vouchers, []) = rest.as_chunks::<{ DAY + TAG }>() else {
            return None;
        };
        let vouchers: Vec<_> = vouchers.iter().map(Voucher::read).collect();
        let fits = (1..=MOST_ACCOUNTS).contains(&vouchers.len());
        fits.then_some(Self { id: *id, vouchers })
    }

    /// The cookie value.
    pub fn expose(&self) -> String {
        let mut bytes = self.id.to_vec();
        for voucher in &self.vouchers {
            bytes.extend(voucher.day.to_be_bytes());
            bytes.extend(voucher.tag);
        }
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The id of the browser.
    pub fn id(&self) -> &DeviceId {
        &self.id
    }

    /// One voucher for each account that has signed in with it, the latest first.
    pub fn vouchers(&self) -> &[Voucher] {
        &self.vouchers
    }

    /// The same browser with this voucher first, without those that `is_replaced` names, and without the oldest beyond
    /// the maximum.
    #[must_use]
    pub fn with(&self, voucher: Voucher, is_replaced: impl Fn(&Voucher) -> bool) -> Self {
        let kept = self.vouchers.iter().copied();
        let kept = kept.filter(|other| !is_replaced(other));
        Self {
            id: self.id,
            vouchers: std::iter::once(voucher).chain(kept).take(MOST_ACCOUNTS).collect(),
        }
    }
}

impl Voucher {
    fn read(bytes: &[u8; DAY + TAG]) -> Self {
        let (mut day, mut tag) = ([0; DAY], [0; TAG]);
        let (first, rest) = bytes.split_at(DAY);
        day.copy_from_slice(first);
        tag.copy_from_slice(rest);
        Self {
            day: u32::from_be_bytes(day),
            tag,
        }
    }
}

impl fmt::Debug for KnownDevice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KnownDevice([REDACTED])")
    }
}

impl fmt::Debug for Voucher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Voucher([REDACTED])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn voucher(number: u8) -> Voucher {
        Voucher {
            day: u32::from(number) << 8,
            tag: [number; TAG],
        }
    }

    #[test]
    fn a_device_survives_its_cookie_stays_small_and_never_prints() {
        let mut device = KnownDevice::new([7; ID]);
        for number in 1..=20 {
            device = device.with(voucher(number), |_| false);
            let read = KnownDevice::parse(&device.expose()).unwrap();
            assert!(read == device);
        }
        let kept: Vec<u32> = device.vouchers().iter().map(|kept| kept.day >> 8).collect();
        assert_eq!(kept, [20, 19, 18, 17, 16]);
        assert_eq!(device.expose().len(), 155);
        assert_eq!(format!("{device:?}"), "KnownDevice([REDACTED])");
        assert_eq!(format!("{:?}", voucher(1)), "Voucher([REDACTED])");
    }

    #[test]
    fn a_voucher_takes_the_place_of_its_account_s_older_one() {
        let device = KnownDevice::new([7; ID])
            .with(voucher(1), |_| false)
            .with(voucher(2), |_| false)
            .with(voucher(3), |other| *other == voucher(1));
        assert!(device.vouchers() == [voucher(3), voucher(2)]);
    }

    #[test]
    fn what_this_service_cannot_have_written_is_no_device() {
        let whole = KnownDevice::new([7; ID]).with(voucher(1), |_| false);
        let text = whole.expose();
        let nobody = KnownDevice::new([7; ID]).expose();
        let six = URL_SAFE_NO_PAD.encode([7; ID + 6 * (DAY + TAG)]);
        for wrong in [
            "",
            "x",
            "%00",
            &text[1..],
            &format!("{text}A"),
            &nobody,
            &six,
            &"A".repeat(4000),
        ] {
            assert!(KnownDevice::parse(wrong).is_none(), "{wrong}");
        }
    }
}
