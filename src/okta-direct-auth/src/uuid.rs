//! Random ids for things that must be unique.

use crate::Entropy;

/// A version 4 UUID (RFC 9562, 5.4).
pub(crate) fn random_uuid(entropy: &dyn Entropy) -> String {
    let mut bytes = [0_u8; 16];
    entropy.fill(&mut bytes);
    let bits = u128::from_be_bytes(bytes);
    let bits = bits & !(0xF << 76) & !(0x3 << 62) | (0x4 << 76) | (0x2 << 62);
    let hex = format!("{bits:032x}");
    let mut uuid = String::with_capacity(36);
    for (place, digit) in hex.chars().enumerate() {
        if matches!(place, 8 | 12 | 16 | 20) {
            uuid.push('-');
        }
        uuid.push(digit);
    }
    uuid
}

#[cfg(test)]
mod tests {
    use super::{Entropy, random_uuid};

    struct Ones;

    impl Entropy for Ones {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(0xFF);
        }
    }

    #[test]
    fn ids_are_version_4_uuids() {
        assert_eq!(random_uuid(&Ones), "ffffffff-ffff-4fff-bfff-ffffffffffff");
    }
}
