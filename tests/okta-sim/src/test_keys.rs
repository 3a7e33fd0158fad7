//! Credentials of the registered clients. They are published on purpose and protect nothing.

/// The secret of `portico-basic`, `portico-post` and `portico-secret-jwt`.
pub const CLIENT_SECRET: &str = "portico-test-secret-that-everyone-may-know-0001";

/// The `kid` of `portico-key-rs`.
pub const RSA_KEY_ID: &str = "portico-key-rs-1";
/// The private key of `portico-key-rs`, PKCS#8.
pub const RSA_PRIVATE_KEY_PEM: &str = include_str!("../keys/client-rs.pem");

/// The `kid` of `portico-key-es`.
pub const EC_KEY_ID: &str = "portico-key-es-1";
/// The private key of `portico-key-es`, PKCS#8, P-256.
pub const EC_PRIVATE_KEY_PEM: &str = include_str!("../keys/client-es.pem");

pub(crate) const RSA_N: &str = "t9via5aZE6UmIKyRzN_x0AGq8d1W_W4WMEiChJbYZuw39oIJqjwU1qTZqeRRaYjeoFvR80TnYGB6e5Ft54TJwTWc1SxQsffF27PrbLwDcqirryN4BqPXACzJ5ufpdrljtHltcrAhxobfNnR4Yp9_p1pCczL5l-ty-nXUhVdQFhTHIm5Q0T6B-8EVksbq7QUeJQFJ457EGP92HbpJZ_q4cPCy0FeG8JZriPBXI_Qh-oQpc_8gufaN6DBoi8h_3tcOJwuLJMsuoRAYCemsjbghKpVs-WjXcD7hz_GqtXZaOvk6WOGJDxvwLK2SmJ-OnnfV8eUHb-MtwjQfZ0hEVc27EQ";
pub(crate) const RSA_E: &str = "AQAB";
pub(crate) const EC_X: &str = "ZC-X5OwrMdhv2UiP9J-P8lhkEGVlSujyO2z7FbAxQqY";
pub(crate) const EC_Y: &str = "Vj_RvL4TCBZoPW1OZIfK3zlHYg_P0mXXsxhNRf5H6IQ";
