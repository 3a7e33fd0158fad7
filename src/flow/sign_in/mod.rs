//! One sign-in, from its first form to its last factor.

pub(super) mod answer_shapes;
pub(super) mod apply;
pub(super) mod attempts;
pub(super) mod begin;
pub(super) mod choose;
pub(super) mod claim;
pub(super) mod claim_guard;
pub(super) mod code;
pub(super) mod commit;
pub(super) mod finish;
pub(super) mod first_form;
pub(super) mod move_on;
pub(super) mod okta_answers;
pub(super) mod open;
pub(super) mod open_waits;
pub(super) mod opened_form;
pub(super) mod passkey;
pub(super) mod pressed_page;
pub(super) mod push;
pub(super) mod repeated_press;
pub(super) mod restart;
pub(super) mod timing_floor;
pub(super) mod tries;
pub(super) mod unsent;
