//! What the help desk asks and does: why a customer cannot sign in, who is held back, erasing a customer, closing sign-ins.

mod closing;
pub(super) mod counted;
pub(super) mod entrance;
pub(super) mod erase;
pub(super) mod limited;
mod past_tries;
pub(super) mod report;
