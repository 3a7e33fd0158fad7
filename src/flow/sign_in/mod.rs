//! One sign-in, from its first form to its last factor.

pub(super) mod answer_shapes;
pub(super) mod apply;
pub(super) mod attempts;
pub(super) mod begin;
pub(super) mod choose;
pub(super) mod claim;
pub(super) mod code;
pub(super) mod commit;
pub(super) mod finish;
pub(super) mod first_form;
pub(super) mod listening;
pub(super) mod marked;
pub(super) mod move_on;
pub(super) mod okta;
pub(super) mod open;
pub(super) mod passkey;
pub(super) mod push;
pub(super) mod restart;
pub(super) mod timing_floor;
pub(super) mod timing_floors;
pub(super) mod tries;
pub(super) mod unsent;
