//! Labels: bytes are signed or hashed together with their purpose, so that no tag and no hash serves two purposes.

use aws_lc_rs::digest::{SHA256, digest};

use crate::session::HashedId;

/// The bytes with their purpose. No purpose contains a zero byte, so the result is unambiguous.
pub(super) fn labelled(purpose: &[u8], id: &[u8]) -> Vec<u8> {
    [purpose, b"\0", id].concat()
}

/// The hash of bytes with their purpose.
pub(super) fn hashed(purpose: &[u8], id: &[u8]) -> HashedId {
    let mut bytes = [0_u8; 32];
    for (to, from) in bytes.iter_mut().zip(digest(&SHA256, &labelled(purpose, id)).as_ref()) {
        *to = *from;
    }
    HashedId(bytes)
}
