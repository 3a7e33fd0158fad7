//! What Okta may know about the user's device.

use std::net::IpAddr;

/// The user's device, as seen by the caller's own trusted edge.
///
/// Okta uses it for network zones, behaviour detection and its System Log. It trusts the address only if the caller's
/// egress address is listed as a trusted proxy in the org.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Device {
    pub address: Option<IpAddr>,
    pub user_agent: Option<String>,
    pub accept_language: Option<String>,
}

/// Facts that belong to one sign-in from its first call to its last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    pub device: Device,
    /// Authentication context classes to ask for, such as `urn:okta:loa:2fa:any`. The ID token must then name one of
    /// them in `acr`.
    pub acr_values: Vec<String>,
}
