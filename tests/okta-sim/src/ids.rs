//! Random identifiers in the shapes a real org uses.

use aws_lc_rs::rand;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

pub(crate) fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Decodes base64url, with or without padding.
pub(crate) fn unb64(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok()
}

pub(crate) fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    // OK because the generator of aws-lc fails only when the process cannot get any entropy; then ids repeat, in a
    // simulator.
    let _ = rand::fill(&mut bytes);
    bytes
}

/// `len` characters (at most 64) of `[A-Za-z0-9_-]`.
pub(crate) fn opaque(len: usize) -> String {
    b64(bytes::<48>()).chars().take(len).collect()
}

fn pick(alphabet: &[u8], len: usize) -> String {
    let random = bytes::<32>();
    let letter = |byte: &u8| alphabet.get(usize::from(*byte) % alphabet.len()).copied();
    random.iter().take(len).filter_map(letter).map(char::from).collect()
}

/// Letters and digits only, for ids with a prefix such as `oae`.
pub(crate) fn alphanumeric(len: usize) -> String {
    pick(b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz0123456789", len)
}

pub(crate) fn digits(len: usize) -> String {
    pick(b"0123456789", len)
}

/// Upper-case letters and digits that are hard to confuse.
pub(crate) fn letters(len: usize) -> String {
    pick(b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789", len)
}

/// Three different two-digit numbers for a number challenge.
pub(crate) fn three_numbers() -> Vec<String> {
    let start = usize::from(bytes::<1>().first().copied().unwrap_or(0)) % 100;
    [0, 37, 71]
        .iter()
        .map(|step| format!("{:02}", (start + step) % 100))
        .collect()
}

/// An index below `len`.
pub(crate) fn index(len: usize) -> usize {
    usize::from(bytes::<1>().first().copied().unwrap_or(0)) % len.max(1)
}
