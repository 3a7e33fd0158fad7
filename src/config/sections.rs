//! All sections of the settings.

use super::catalogue::Catalogue;
use super::{brand, headers, limits, okta, ops, portal, session, sign_in, store, tls, whole};

/// Every key there is, in the order of the reference.
pub(super) const CATALOGUE: Catalogue = Catalogue(&[
    whole::KEYS,
    tls::KEYS,
    okta::KEYS,
    sign_in::KEYS,
    session::KEYS,
    store::KEYS,
    portal::KEYS,
    headers::KEYS,
    limits::KEYS,
    brand::KEYS,
    ops::KEYS,
]);
