//! Portico: a company's own sign-in pages in front of Okta direct authentication.

pub mod clock;
