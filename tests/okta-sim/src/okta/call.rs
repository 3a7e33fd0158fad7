//! One request, with everything that its handler needs.

use crate::{
    client::Client,
    clock::Millis,
    form::Form,
    okta::{incoming::Incoming, route::Route},
    transactions::Origin,
    world::World,
};

#[derive(Debug)]
pub(super) struct Call<'a> {
    pub(super) world: &'a World,
    pub(super) incoming: &'a Incoming,
    pub(super) route: &'a Route,
    pub(super) client: &'a Client,
    pub(super) now: Millis,
    /// A fault makes the codes and tokens of this request count as expired.
    pub(super) expires_now: bool,
    /// No fault keeps the client from getting and reading the answer.
    pub(super) answer_arrives: bool,
}

impl Call<'_> {
    pub(super) fn form(&self) -> &Form {
        &self.incoming.form
    }

    pub(super) fn server(&self) -> Option<&str> {
        self.route.server.as_deref()
    }

    pub(super) fn acr(&self) -> Option<&str> {
        self.form().get("acr_values")
    }

    /// What the later requests of a flow that starts here must repeat.
    pub(super) fn origin(&self, scope: Option<&str>) -> Origin {
        Origin {
            client: self.client.id.clone(),
            server: self.route.server.clone(),
            acr: self.acr().map(str::to_owned),
            scope: scope.map(str::to_owned),
        }
    }
}
