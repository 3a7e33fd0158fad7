//! Sessions: begun, used, revalidated with Okta, handed over to other hosts, ended.

pub(super) mod administer;
pub(super) mod begin;
pub(super) mod cached;
pub(super) mod ended;
pub(super) mod hand_over;
pub(super) mod own;
pub(super) mod presentable;
pub(super) mod redirect_loop;
pub(super) mod return_state;
pub(super) mod revalidate;
pub(super) mod sign_out;
