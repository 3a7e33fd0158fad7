//! The proxies that ask.

/// The proxy that asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::web) enum Proxy {
    Nginx,
    Traefik,
    Caddy,
    Haproxy,
    Envoy,
    /// No proxy: we forward the request ourselves.
    Portico,
}

impl Proxy {
    /// The proxies that ask.
    pub(in crate::web) const ASKING: [Self; 5] = [Self::Nginx, Self::Traefik, Self::Caddy, Self::Haproxy, Self::Envoy];

    /// Number of variants.
    pub(in crate::web) const COUNT: usize = Self::ASKING.len() + 1;

    /// The name in its path and in the metrics.
    pub(in crate::web) const fn name(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Traefik => "traefik",
            Self::Caddy => "caddy",
            Self::Haproxy => "haproxy",
            Self::Envoy => "envoy",
            Self::Portico => "portico",
        }
    }
}
