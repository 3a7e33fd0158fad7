//! The program as a process of its own: its command line, its signals, its files, and its sudden end.

mod cli;
mod crashes;
mod demo;
mod documents;
mod failures_as_json;
mod full_disk;
mod keys;
mod online_check;
mod randomness;
mod reload;
mod restarts;
mod runbooks;
mod serving;
mod store_copy;
mod upgrade;
mod who;

pub(crate) use full_disk::SmallDisk;
