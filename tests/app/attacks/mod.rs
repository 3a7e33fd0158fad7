//! Attacks: guessing, locking accounts, finding out which names exist, cross-site request forgery.

mod account_names;
mod embedding;
mod forged_posts;
mod full_table;
mod known_devices;
mod limits;
mod lock_out;
mod opaque_values;
mod pre_sessions;
mod timing;
