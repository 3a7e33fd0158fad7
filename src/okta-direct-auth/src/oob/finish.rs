//! The end of a transaction: its tokens.

use crate::{
    Client, Code, Device, Error, Grant, Step,
    origin::Origin,
    secret::OobCode,
    transport::{Call, Purpose},
};

impl Client {
    /// Asks for the tokens of a transaction that the user has answered, or may have.
    pub(super) async fn finish_oob(
        &self,
        origin: &Origin,
        oob_code: &OobCode,
        binding_code: Option<&Code>,
        device: &Device,
    ) -> Result<Step, Error> {
        let metadata = self.metadata().await?;
        let purpose = if binding_code.is_some() {
            Purpose::SentCode
        } else {
            Purpose::Poll
        };
        let (grant, mfa_token) = match origin {
            Origin::Primary { .. } => (Grant::Oob, None),
            Origin::Mfa(mfa) => (Grant::MfaOob, Some(mfa.token.expose_secret())),
        };
        let grants = if mfa_token.is_none() {
            self.config().grants_to_name()
        } else {
            None
        };
        let call = Call::token(purpose, grant, origin.flow(), &metadata.token_endpoint, device)
            .with("oob_code", oob_code.expose_secret())
            .with_some("mfa_token", mfa_token)
            .with_some("binding_code", binding_code.map(Code::expose_secret))
            .with_some("grant_types_supported", grants);
        self.step(&call, origin.flow()).await
    }
}
