//! Finds the client that a request names.

use std::sync::Arc;

use crate::{client::Client, errors, reply::Reply, world::World};

pub(super) fn find(world: &World, id: &str) -> Result<Arc<Client>, Reply> {
    world.client(id).ok_or_else(errors::unknown_client)
}
