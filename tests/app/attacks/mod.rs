//! What a stranger may try: to guess, to lock out, to find out which names exist, to have forms posted by another.

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
