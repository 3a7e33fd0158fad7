//! A session: how long it lasts, what it shows, and what renews, raises and ends it.

mod ended;
mod extending;
mod own_sessions;
mod remember;
mod revalidation;
mod revocations;
mod session;
mod sign_out;
mod step_up;
mod universal_logout;
