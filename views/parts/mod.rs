//! What pages are made of.

pub(super) mod chrome;
pub(super) mod field;
pub(super) mod icon;
pub(super) mod layout;
pub(super) mod moment;
pub(super) mod problem;
pub(super) mod resend;
pub(super) mod way;
