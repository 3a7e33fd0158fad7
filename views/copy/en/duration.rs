//! Stretches of time in English.

/// "45 seconds", "2 minutes", "1 hour 20 minutes", "3 days": rounded up to the minute, so that no wait is understated;
/// from two days on, down to the day.
pub(super) fn duration(seconds: u64) -> String {
    let minutes = seconds.div_ceil(60);
    let hours = minutes / 60;
    match () {
        () if seconds < 60 => counted(seconds, "second"),
        () if minutes < 60 => counted(minutes, "minute"),
        () if hours >= 48 => counted(hours / 24, "day"),
        () if minutes.is_multiple_of(60) => counted(hours, "hour"),
        () => format!("{} {}", counted(hours, "hour"), counted(minutes % 60, "minute")),
    }
}

/// "1 minute", "2 minutes".
pub(super) fn counted(number: u64, unit: &str) -> String {
    if number == 1 {
        format!("1 {unit}")
    } else {
        format!("{number} {unit}s")
    }
}
