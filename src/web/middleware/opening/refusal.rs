//! Connections that are closed before their first request.

/// Why a connection was closed before its first request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpeningRefusal {
    /// A trusted proxy sent no header, or none of this version.
    ProxyHeader,
    /// HTTP in the clear where TLS is spoken.
    PlainHttp,
    /// The TLS handshake failed.
    Tls,
    /// Too slow.
    TimedOut,
    /// More connections than may wait.
    Crowded,
}

impl OpeningRefusal {
    /// All there are.
    pub const ALL: [Self; 5] = [
        Self::ProxyHeader,
        Self::PlainHttp,
        Self::Tls,
        Self::TimedOut,
        Self::Crowded,
    ];

    /// Its name in the metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ProxyHeader => "proxy_header",
            Self::PlainHttp => "plain_http",
            Self::Tls => "tls",
            Self::TimedOut => "timed_out",
            Self::Crowded => "crowded",
        }
    }
}

/// Why there is no connection.
pub(super) enum Closed {
    /// The client has gone without a word, as checks of a port do.
    Gone,
    Refused(OpeningRefusal),
}

impl From<OpeningRefusal> for Closed {
    fn from(refusal: OpeningRefusal) -> Self {
        Self::Refused(refusal)
    }
}
