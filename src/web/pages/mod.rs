//! The pages: a handler for each, and the code that builds their answers.

pub(super) mod account;
pub(super) mod account_ends;
pub(super) mod code;
pub(super) mod code_resends;
pub mod error_pages;
pub(super) mod factor;
pub(super) mod form_templates;
pub(super) mod form_token;
pub(super) mod frame;
pub(super) mod fresh_form;
#[cfg(debug_assertions)]
pub(super) mod gallery;
pub(super) mod not_found;
pub(super) mod okta;
pub(super) mod okta_callback;
pub(super) mod passkey;
pub(super) mod posted_form;
pub(super) mod problems;
pub(super) mod push;
pub(super) mod push_events;
pub(super) mod push_resends;
pub(super) mod redirect_loop;
pub(super) mod reply;
pub(super) mod restart;
pub(super) mod root;
pub(super) mod several_sessions;
pub(super) mod show_attempt;
pub(super) mod sign_in;
pub(super) mod sign_out;
pub(super) mod signed_out;
pub(super) mod step_pages;
pub(super) mod submitted;
