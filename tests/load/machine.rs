//! What Linux knows about processes and sockets.

use std::collections::HashSet;
use std::fs::{read_dir, read_to_string};
use std::time::Duration;

/// Linux counts processor time in hundredths of a second, on every architecture that we run on.
const TICK: Duration = Duration::from_millis(10);

/// Resident memory of a process, in KiB.
pub(crate) fn memory_kib(pid: u32) -> u64 {
    let status = read_to_string(format!("/proc/{pid}/status")).expect("the process runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok())
        .expect("VmRSS in kB")
}

/// Processor time of a process so far, in user mode and in the kernel, to the nanosecond: `/proc/PID/stat` counts in
/// ticks, ten times as long as a sign-in. Threads that have ended are not included.
pub(crate) fn cpu(pid: u32) -> Duration {
    let threads = read_dir(format!("/proc/{pid}/task")).expect("the process runs");
    let ran = threads.filter_map(|thread| {
        // A thread may end meanwhile.
        let stat = read_to_string(thread.ok()?.path().join("schedstat")).ok()?;
        stat.split_whitespace().next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(ran.sum())
}

/// Processor time that the whole machine has spent.
pub(crate) fn machine_cpu() -> Duration {
    let stat = read_to_string("/proc/stat").expect("Linux");
    let fields = stat.lines().next().unwrap_or_default().split_whitespace().skip(1);
    let ticks: Vec<u32> = fields.map(|ticks| ticks.parse().unwrap_or(0)).collect();
    let all: u32 = ticks.iter().take(8).sum();
    // The fourth and fifth are idle time and waiting for disks.
    let idle: u32 = ticks.iter().skip(3).take(2).sum();
    TICK * (all - idle)
}

/// How many files this process, and so its children, may open.
pub(crate) fn descriptors() -> usize {
    let limits = read_to_string("/proc/self/limits").expect("Linux");
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    let soft = line
        .and_then(|line| line.split_whitespace().next())
        .expect("a limit of open files");
    soft.parse().unwrap_or(usize::MAX)
}

/// The other ends of all TCP connections with this port on loopback, including those that were closed in the last
/// minute.
pub(crate) fn peers_of(port: u16) -> HashSet<u16> {
    let table = read_to_string("/proc/net/tcp").expect("Linux");
    let ends = table.lines().skip(1).filter_map(|line| {
        let mut fields = line.split_whitespace().skip(1).map(port_of);
        match (fields.next()??, fields.next()??) {
            (local, remote) if remote == port => Some(local),
            (local, remote) if local == port && remote != 0 => Some(remote),
            _ => None,
        }
    });
    ends.collect()
}

/// `0100007F:1F90` is port 8080.
fn port_of(end: &str) -> Option<u16> {
    u16::from_str_radix(end.split_once(':')?.1, 16).ok()
}
