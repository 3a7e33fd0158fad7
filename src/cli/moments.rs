//! Moments as people read them.

use jiff::Timestamp;

/// "14:05 UTC (in 12 minutes)", with the date if it is another day's.
pub(super) fn ahead(moment: Timestamp, now: Timestamp) -> String {
    format!("{} (in {})", clock(moment, now), length(now, moment))
}

/// "14:05 UTC (12 minutes ago)".
pub(super) fn past(moment: Timestamp, now: Timestamp) -> String {
    format!("{} ({} ago)", clock(moment, now), length(moment, now))
}

fn clock(moment: Timestamp, now: Timestamp) -> String {
    let day = |moment: Timestamp| moment.strftime("%F").to_string();
    let format = if day(moment) == day(now) { "%R UTC" } else { "%F %R UTC" };
    moment.strftime(format).to_string()
}

/// The time from one moment to another, rounded up in its largest unit below ten of it.
fn length(from: Timestamp, to: Timestamp) -> String {
    let seconds = to.duration_since(from).as_secs().max(0).unsigned_abs();
    length_of(seconds)
}

/// "12 minutes"; rounded up.
pub(super) fn length_of(seconds: u64) -> String {
    let (size, unit) = match seconds {
        0..120 => (1, "second"),
        120..7_200 => (60, "minute"),
        7_200..172_800 => (3_600, "hour"),
        _ => (86_400, "day"),
    };
    let count = seconds.div_ceil(size);
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_told_with_their_distance() {
        let now: Timestamp = "2026-11-30T13:53:10Z".parse().unwrap();
        for (moment, expected) in [
            ("2026-11-30T14:05:00Z", "14:05 UTC (in 12 minutes)"),
            ("2026-11-30T13:53:11Z", "13:53 UTC (in 1 second)"),
            ("2026-12-01T13:00:00Z", "2026-12-01 13:00 UTC (in 24 hours)"),
            ("2026-12-05T13:00:00Z", "2026-12-05 13:00 UTC (in 5 days)"),
        ] {
            assert_eq!(ahead(moment.parse().unwrap(), now), expected);
        }
        assert_eq!(past(now, now), "13:53 UTC (0 seconds ago)");
    }
}
