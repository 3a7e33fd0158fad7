//! Whether an address is registered as a sign-in redirect URI of the app.

use reqwest::{
    StatusCode,
    header::{LOCATION, USER_AGENT},
};

use crate::{AuthorizationRequest, Client, Error, Prompt, transport::connection_fault};

/// What Okta's hosted page did with a request that named the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RedirectAnswer {
    /// It sends browsers back there.
    Accepted,
    /// It shows an error instead of sending a browser there.
    Refused,
    /// Something else, such as a page of a proxy.
    Unclear,
}

impl Client {
    /// Asks Okta's hosted page to send a browser without a session straight back (`prompt=none`). Nothing begins by that.
    pub async fn probe_redirect(&self, redirect_uri: &str) -> Result<RedirectAnswer, Error> {
        let request = AuthorizationRequest {
            redirect_uri: redirect_uri.to_owned(),
            prompt: Some(Prompt::None),
            ..AuthorizationRequest::default()
        };
        let authorization = self.authorize(&request).await?;
        let http = self.shared.http.here(self.config())?;
        let request = http
            .get(authorization.url.expose_secret())
            .header(USER_AGENT, &self.config().user_agent);
        let response = request.send().await.map_err(connection_fault)?;
        let to = response.headers().get(LOCATION).and_then(|to| to.to_str().ok());
        let is_back = to
            .and_then(|to| to.strip_prefix(redirect_uri))
            .is_some_and(|rest| rest.starts_with(['?', '&']));
        Ok(match response.status() {
            status if status.is_redirection() && is_back => RedirectAnswer::Accepted,
            StatusCode::BAD_REQUEST | StatusCode::FORBIDDEN => RedirectAnswer::Refused,
            _ => RedirectAnswer::Unclear,
        })
    }
}
