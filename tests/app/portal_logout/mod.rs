//! Portals with sessions of their own are told when a session ends (`portal.logout_url`).

mod causes;
mod faults;
mod outlasting;
mod portal;
mod verifier;
