//! Stretches of time in German.

/// "45 Sekunden", "1 Stunde 20 Minuten", "3 Tage": rounded up to the minute, from two days on down to the day.
pub(super) fn duration(seconds: u64) -> String {
    spelled(seconds, "Tage")
}

/// After "vor", "in" and "nach", "Tage" becomes "Tagen".
pub(super) fn dative(seconds: u64) -> String {
    spelled(seconds, "Tagen")
}

fn spelled(seconds: u64, days: &str) -> String {
    let minutes = seconds.div_ceil(60);
    let hours = minutes / 60;
    match () {
        () if seconds < 60 => counted(seconds, "Sekunde"),
        () if minutes < 60 => counted(minutes, "Minute"),
        () if hours >= 48 => format!("{} {days}", hours / 24),
        () if minutes.is_multiple_of(60) => counted(hours, "Stunde"),
        () => format!("{} {}", counted(hours, "Stunde"), counted(minutes % 60, "Minute")),
    }
}

/// "1 Minute", "2 Minuten".
pub(super) fn counted(number: u64, unit: &str) -> String {
    if number == 1 {
        format!("1 {unit}")
    } else {
        format!("{number} {unit}n")
    }
}
