//! One module per page: its view-model and its markup.

pub(super) mod account;
pub(super) mod code;
pub(super) mod factor;
pub(super) mod forgotten;
pub(super) mod passkey;
pub(super) mod push;
pub(super) mod sign_in;
pub(super) mod sign_out;
pub(super) mod signed_out;
pub(super) mod trouble;
