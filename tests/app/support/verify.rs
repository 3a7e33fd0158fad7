//! A proxy that asks at `/verify/…`.

use portico::portal::proxies::{AsksBy, Proxy};
use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::{Method, RequestBuilder, StatusCode};

use super::app::TestApp;
use super::builder::Builder;

/// A service that trusts the proxy on this machine.
pub(crate) fn builder_behind_proxy() -> Builder {
    TestApp::builder().set("limits.trusted_proxies", "127.0.0.1/32")
}

/// One proxy in front of the portal at one host.
#[derive(Debug, Clone)]
pub(crate) struct Verify {
    client: reqwest::Client,
    base: String,
    proxy: &'static str,
    host: String,
}

const fn names() -> [&'static str; Proxy::ALL.len()] {
    let mut names = [""; Proxy::ALL.len()];
    let mut at = 0;
    while at < names.len() {
        names[at] = Proxy::ALL[at].name();
        at += 1;
    }
    names
}

/// The answer to it.
#[derive(Debug)]
pub(crate) struct Verdict {
    pub(crate) status: StatusCode,
    headers: HeaderMap,
    pub(crate) body: String,
}

impl Verify {
    /// The names of all that ask.
    pub(crate) const PROXIES: [&'static str; Proxy::ALL.len()] = names();

    /// In front of the portal at the service's own host.
    pub(crate) fn by(app: &TestApp, proxy: &'static str) -> Self {
        let base = app.base().to_owned();
        let host = base.split('/').nth(2).expect("a host").to_owned();
        Self {
            client: super::client(),
            base,
            proxy,
            host,
        }
    }

    /// In front of another host.
    pub(crate) fn at(&self, host: &str) -> Self {
        Self {
            host: host.to_owned(),
            ..self.clone()
        }
    }

    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// Asks about a GET.
    pub(crate) async fn get(&self, uri: &str, lines: &[(&str, &str)]) -> Verdict {
        self.ask(Method::GET, uri, lines).await
    }

    /// Asks about a request with this method, as the proxy does.
    pub(crate) async fn ask(&self, method: Method, uri: &str, lines: &[(&str, &str)]) -> Verdict {
        let own = if self.asks_by() == AsksBy::OwnPath {
            method.clone()
        } else {
            Method::GET
        };
        self.send(own, method, uri, lines).await
    }

    /// The same, asked with a method of the proxy's own.
    pub(crate) async fn send(&self, own: Method, method: Method, uri: &str, lines: &[(&str, &str)]) -> Verdict {
        let mut request = self.question(own, &method, uri);
        for (name, value) in lines {
            request = request.header(*name, *value);
        }
        Verdict::of(request).await
    }

    /// Asks about a GET with cookies that may be no text.
    pub(crate) async fn get_with(&self, cookies: &HeaderValue) -> Verdict {
        let request = self.question(Method::GET, &Method::GET, "/");
        Verdict::of(request.header("cookie", cookies)).await
    }

    fn asks_by(&self) -> AsksBy {
        Proxy::find(self.proxy).expect("a proxy").traits().asks_by
    }

    fn question(&self, own: Method, method: &Method, uri: &str) -> RequestBuilder {
        let Self {
            client,
            base,
            proxy,
            host,
        } = self;
        let path = format!("{base}/verify/{proxy}");
        let scheme = base.split(':').next().expect("a scheme");
        match self.asks_by() {
            AsksBy::OriginalUrl => client
                .request(own, path)
                .header("x-original-url", format!("{scheme}://{host}{uri}"))
                .header("x-original-method", method.as_str()),
            AsksBy::OwnPath => client
                .request(own, format!("{path}{uri}"))
                .header("host", host)
                .header("x-forwarded-proto", scheme),
            AsksBy::Forwarded => client
                .request(own, path)
                .header("x-forwarded-proto", scheme)
                .header("x-forwarded-host", host)
                .header("x-forwarded-uri", uri)
                .header("x-forwarded-method", method.as_str()),
        }
    }
}

impl Verdict {
    async fn of(request: RequestBuilder) -> Self {
        let answer = request.send().await.expect("an answer");
        Self {
            status: answer.status(),
            headers: answer.headers().clone(),
            body: answer.text().await.expect("a body"),
        }
    }

    /// The value of a header that must be there once.
    pub(crate) fn header(&self, name: &str) -> &str {
        assert_eq!(self.all(name), 1, "{name} in {self:?}");
        self.headers[name].to_str().expect("text")
    }

    /// How often a header is there.
    pub(crate) fn all(&self, name: &str) -> usize {
        self.headers.get_all(name).iter().count()
    }

    /// The size of all headers, in bytes.
    pub(crate) fn size(&self) -> usize {
        let line = |(name, value): (&reqwest::header::HeaderName, &reqwest::header::HeaderValue)| {
            name.as_str().len() + value.len() + 4
        };
        self.headers.iter().map(line).sum()
    }
}
