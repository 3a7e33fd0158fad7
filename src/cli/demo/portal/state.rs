//! What the handlers of the sample portal share.

use url::Url;

#[derive(Debug)]
pub(super) struct PortalState {
    /// Where the service is.
    pub(super) service: Url,
    /// The portal's own start page.
    pub(super) own: String,
    pub(super) client: reqwest::Client,
}
