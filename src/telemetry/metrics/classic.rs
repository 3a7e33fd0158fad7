//! The classic text format, made from `OpenMetrics`, the only text that the library writes.
//!
//! Samples look the same in both. What differs is what describes them: in the classic format a counter's name there ends
//! in `_total`, as it does in its samples; there are no infos, only gauges that are 1; and there is no end mark.

/// The same page in the classic format. Exemplars, which it lacks, are not in our pages.
pub(super) fn from_open_metrics(page: &str) -> String {
    let mut classic = String::with_capacity(page.len());
    // The help of the next metric: it comes before the type, which decides what the metric is called.
    let mut help = "";
    for line in page.lines() {
        if let Some(described) = line.strip_prefix("# HELP ") {
            help = described.split_once(' ').map_or("", |(_, help)| help);
        } else if let Some((name, kind)) = line.strip_prefix("# TYPE ").and_then(|typed| typed.split_once(' ')) {
            let (suffix, kind) = match kind {
                "counter" => ("_total", "counter"),
                "info" => ("_info", "gauge"),
                kind => ("", kind),
            };
            classic.extend(["# HELP ", name, suffix, " ", help, "\n"]);
            classic.extend(["# TYPE ", name, suffix, " ", kind, "\n"]);
        } else if !line.starts_with('#') {
            classic.extend([line, "\n"]);
        }
    }
    classic
}

#[cfg(test)]
mod tests {
    use super::from_open_metrics;

    #[test]
    fn names_types_and_the_end_are_those_of_the_classic_format() {
        let open_metrics = "\
# HELP a_build The build, \\\\ and more.
# TYPE a_build info
a_build_info{version=\"1\"} 1
# HELP a_tries Tries.
# TYPE a_tries counter
a_tries_total{by=\"# TYPE x counter\"} 3
# HELP a_wait_seconds Waits.
# TYPE a_wait_seconds histogram
# UNIT a_wait_seconds seconds
a_wait_seconds_bucket{le=\"+Inf\"} 1
# EOF
";
        let classic = "\
# HELP a_build_info The build, \\\\ and more.
# TYPE a_build_info gauge
a_build_info{version=\"1\"} 1
# HELP a_tries_total Tries.
# TYPE a_tries_total counter
a_tries_total{by=\"# TYPE x counter\"} 3
# HELP a_wait_seconds Waits.
# TYPE a_wait_seconds histogram
a_wait_seconds_bucket{le=\"+Inf\"} 1
";
        assert_eq!(from_open_metrics(open_metrics), classic);
    }
}
