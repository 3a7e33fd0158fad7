//! Which of the text formats a scraper gets.

use actix_web::HttpRequest;
use actix_web::http::header::{Accept, Header as _, Quality};

use crate::telemetry::Format;

/// The one version of `OpenMetrics` that is written here.
const VERSION: &str = "1.0.0";

/// `OpenMetrics` for whoever asks for it, and wants plain text no more than that; the classic format for everybody else.
pub(super) fn wanted_by(req: &HttpRequest) -> Format {
    let (mut open_metrics, mut classic) = (Quality::ZERO, Quality::ZERO);
    for range in Accept::parse(req).map(|accept| accept.0).unwrap_or_default() {
        let version = range.item.get_param("version");
        match range.item.essence_str() {
            "application/openmetrics-text" if version.is_none_or(|version| version == VERSION) => {
                open_metrics = open_metrics.max(range.quality);
            }
            "text/plain" => classic = classic.max(range.quality),
            _ => {}
        }
    }
    if open_metrics > Quality::ZERO && open_metrics >= classic {
        Format::OpenMetrics
    } else {
        Format::Classic
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::ACCEPT;
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn open_metrics_is_for_whoever_asks_for_it() {
        let prometheus = "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,\
                          text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
        let prometheus_3 = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,\
                            application/openmetrics-text;version=0.0.1;q=0.5,\
                            text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
        for (accept, format) in [
            (prometheus, Format::OpenMetrics),
            (prometheus_3, Format::OpenMetrics),
            ("application/openmetrics-text", Format::OpenMetrics),
            ("application/openmetrics-text, text/plain", Format::OpenMetrics),
            ("text/plain;version=0.0.4", Format::Classic),
            (
                "text/plain, application/openmetrics-text;version=1.0.0;q=0.9",
                Format::Classic,
            ),
            ("application/openmetrics-text;version=2.0.0", Format::Classic),
            ("application/openmetrics-text;q=0", Format::Classic),
            ("text/html,application/xhtml+xml,*/*;q=0.8", Format::Classic),
            ("*/*", Format::Classic),
            ("", Format::Classic),
            ("no media type", Format::Classic),
        ] {
            let req = TestRequest::default().insert_header((ACCEPT, accept)).to_http_request();
            assert_eq!(wanted_by(&req), format, "{accept}");
        }
        assert_eq!(wanted_by(&TestRequest::default().to_http_request()), Format::Classic);
    }
}
