//! The sender of a forward-auth question.

use crate::portal::proxies::Proxy;

/// The sender of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::web) enum AskedBy {
    /// A proxy, before it lets the request through.
    Proxy(Proxy),
    /// Portico itself, which forwards the request.
    Portico,
}

impl AskedBy {
    /// The number of values.
    pub(in crate::web) const COUNT: usize = Proxy::ALL.len() + 1;

    /// All values, in the order of [`Self::index`].
    pub(in crate::web) fn all() -> [Self; Self::COUNT] {
        std::array::from_fn(|at| Proxy::ALL.get(at).copied().map_or(Self::Portico, Self::Proxy))
    }

    pub(in crate::web) fn index(self) -> usize {
        match self {
            Self::Proxy(proxy) => proxy as usize,
            Self::Portico => Proxy::ALL.len(),
        }
    }

    /// The name in metrics and logs.
    pub(in crate::web) const fn name(self) -> &'static str {
        match self {
            Self::Proxy(proxy) => proxy.name(),
            Self::Portico => "portico",
        }
    }
}
