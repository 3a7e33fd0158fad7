//! Turns a reply of the token endpoint into a finished step.

use std::time::Duration;

use crate::{
    AccessToken, Claims, Client, Device, DpopKey, DpopMode, Error, ErrorKind, Failed, IdToken, MfaRequired, Step,
    TokenSet, Unjudged,
    flow::Flow,
    id_token::{ExpectedClaims, Proof, TokenOrigin, is_unjudged},
    transport::{Answer, Call},
    wire::{MoreWanted, TokenBody, TokenType, nonsense},
};

/// Okta's policies have two factors; a third round leaves room for a retried one.
const MOST_ROUNDS: u8 = 3;
/// Refused tokens are revoked, but the caller does not wait long for that.
const REVOKE_PATIENCE: Duration = Duration::from_secs(2);
const ATTESTATION: &str = "urn:okta:app:mfa:attestation";

impl Client {
    /// Carries out one token call of a sign-in.
    pub(crate) async fn step(&self, call: &Call<'_>, flow: &Flow) -> Result<Step, Error> {
        self.await_keys().await?;
        match self.call(call, TokenBody::read).await? {
            Answer::MoreWanted(more) => next_round(flow, more).map(Step::MfaRequired),
            Answer::Good(body) => {
                let tokens = self.admit(body, flow, TokenOrigin::Direct, call.device).await?;
                Ok(Step::SignedIn(Box::new(tokens)))
            }
        }
    }

    /// Exchanges the code from Okta's hosted page.
    pub(crate) async fn redeemed(&self, call: &Call<'_>, flow: &Flow, proof: Proof<'_>) -> Result<TokenSet, Error> {
        let body = self.traded(call).await?;
        self.admit(body, flow, TokenOrigin::Hosted(proof), call.device).await
    }

    /// Exchanges a refresh token. The user must stay the same.
    pub(crate) async fn refreshed(
        &self,
        call: &Call<'_>,
        flow: &Flow,
        sub: &str,
    ) -> Result<TokenSet, Failed<Unjudged>> {
        let body = self.traded(call).await.map_err(Failed::dead)?;
        match self.checked(&body, flow, TokenOrigin::Refresh(sub)).await {
            Ok((id_token, claims)) => Ok(token_set(body, flow, id_token, claims)),
            // As far as we know Okta did nothing wrong, and the refresh token that was sent is spent. Revoking the new
            // tokens would end a session for a fault of our own.
            Err(error) if is_unjudged(&error) => Err(Failed {
                error: error.with_request_id(body.request_id.as_deref()),
                retry: Some(Unjudged {
                    dpop_key: bound_to(&body, flow),
                    access_token: body.access_token,
                    refresh_token: body.refresh_token,
                    expires_in: body.expires_in,
                }),
            }),
            Err(error) => Err(Failed::dead(self.refuse(&body, error, call.device).await)),
        }
    }

    async fn traded(&self, call: &Call<'_>) -> Result<TokenBody, Error> {
        self.await_keys().await?;
        self.call(call, TokenBody::read).await?.good()
    }

    /// Accepts the tokens if the ID token passes. Otherwise they are revoked, since nobody will use them.
    async fn admit(
        &self,
        body: TokenBody,
        flow: &Flow,
        origin: TokenOrigin<'_>,
        device: &Device,
    ) -> Result<TokenSet, Error> {
        match self.checked(&body, flow, origin).await {
            Ok((id_token, claims)) => Ok(token_set(body, flow, id_token, claims)),
            Err(error) => Err(self.refuse(&body, error, device).await),
        }
    }

    async fn refuse(&self, body: &TokenBody, error: Error, device: &Device) -> Error {
        self.throw_away(body, device).await;
        error.with_request_id(body.request_id.as_deref())
    }

    async fn checked(
        &self,
        body: &TokenBody,
        flow: &Flow,
        origin: TokenOrigin<'_>,
    ) -> Result<(IdToken, Claims), Error> {
        self.check_binding(body.token_type, flow)?;
        let id_token = body.id_token.clone().ok_or(nonsense("id_token_missing"))?;
        let is_attestation = flow.acr_values.iter().any(|acr| acr == ATTESTATION);
        if body.access_token.is_none() && !is_attestation {
            return Err(nonsense("access_token_missing"));
        }
        let expected = ExpectedClaims {
            issuer: &self.shared.issuer,
            client_id: &self.config().client_id,
            access_token: body.access_token.as_ref().map(AccessToken::expose_secret),
            acr_values: &flow.acr_values,
            origin,
        };
        let claims = self.verify(&id_token, expected).await?;
        Ok((id_token, claims))
    }

    /// Bearer tokens are not accepted in place of bound ones, and bound ones are useless without a key.
    fn check_binding(&self, token_type: TokenType, flow: &Flow) -> Result<(), Error> {
        match (token_type, &flow.dpop) {
            (TokenType::Dpop, None) => Err(nonsense("token_type")),
            (TokenType::Bearer, _) if self.config().dpop == DpopMode::On => {
                Err(Error::new(ErrorKind::Misconfigured, "token_not_dpop_bound"))
            }
            (TokenType::Bearer, _) | (TokenType::Dpop, Some(_)) => Ok(()),
        }
    }

    /// Best effort: the caller must get the refusal, not an error of the revocation.
    async fn throw_away(&self, body: &TokenBody, device: &Device) {
        let revoke = async {
            match (&body.refresh_token, &body.access_token) {
                (Some(token), _) => self.revoke_refresh_token(token, device).await,
                (None, Some(token)) => self.revoke_access_token(token, device).await,
                (None, None) => Ok(()),
            }
        };
        let _outcome = tokio::time::timeout(REVOKE_PATIENCE, revoke).await;
    }
}

fn token_set(body: TokenBody, flow: &Flow, id_token: IdToken, claims: Claims) -> TokenSet {
    TokenSet {
        dpop_key: bound_to(&body, flow),
        access_token: body.access_token,
        refresh_token: body.refresh_token,
        id_token,
        claims,
        expires_in: body.expires_in,
        scope: body.scope.unwrap_or_else(|| flow.scope.to_string()),
        request_id: body.request_id,
    }
}

fn bound_to(body: &TokenBody, flow: &Flow) -> Option<DpopKey> {
    let key = flow.dpop.clone();
    key.filter(|_| body.token_type == TokenType::Dpop)
}

/// Each round brings its own `mfa_token`, which replaces the old one.
fn next_round(flow: &Flow, more: MoreWanted) -> Result<MfaRequired, Error> {
    let rounds = flow.rounds.saturating_add(1);
    if rounds > MOST_ROUNDS {
        return Err(Error::new(ErrorKind::TooManyFactors, "mfa_required_again"));
    }
    let flow = Flow { rounds, ..flow.clone() };
    Ok(MfaRequired {
        flow,
        token: more.token,
        offers: more.offers,
        request_id: more.request_id,
    })
}
