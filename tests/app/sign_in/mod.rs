//! Signing in: the form, each step behind it, and the page that the customer wanted.

mod codes;
mod double_submits;
mod factors;
mod home;
mod inputs;
mod late_approvals;
mod old_tabs;
mod push;
mod push_trouble;
mod return_to;
mod stale_forms;
mod tabs;
