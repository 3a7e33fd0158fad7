//! Keeps the memory, which holds passwords and keys, from being left behind in core dumps or read by others (SEC-218).

use anyhow::Context as _;

use super::failure::CommandFailure;

/// From now on a crash writes no core file, and nobody but root may trace this process or read its memory.
pub(super) fn switch_off() -> Result<(), CommandFailure> {
    use rustix::process::{DumpableBehavior, Resource, Rlimit};

    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    rustix::process::setrlimit(Resource::Core, none).context("switching core dumps off")?;
    // The kernel ignores the limit where it pipes dumps to a program; this covers that case.
    rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable).context("switching core dumps off")?;
    Ok(())
}
