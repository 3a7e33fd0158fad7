//! A visitor who signs in with a password, asks for a push, and waits.

use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::header::{COOKIE, HeaderMap, HeaderValue, LOCATION, ORIGIN, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, Response};
use scraper::{Html, Selector};
use tokio::time::Instant;

use crate::run::BOUND;
use crate::stream::Stream;

/// The headers that a browser sends with everything. They are in memory as long as the visitor waits, so they have
/// their real length.
pub(crate) const BROWSER: [(&str, &str); 3] = [
    (
        "user-agent",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    ),
    ("accept-language", "en-US,en;q=0.9,de;q=0.8"),
    ("accept-encoding", "gzip, deflate, br, zstd"),
];

/// The name of a visitor.
pub(crate) fn login(number: u64) -> String {
    format!("waits-{number:05}@example.com")
}

/// The name of a person who signs in with a password alone.
pub(crate) fn person(number: u64) -> String {
    format!("signs-in-{number:05}@example.com")
}

/// An address that only this visitor has.
pub(crate) fn address(number: u64) -> String {
    format!("10.{}.{}.{}", number >> 16 & 255, number >> 8 & 255, number & 255)
}

/// Connections that visitors share, as behind a proxy.
pub(crate) fn client() -> Client {
    let mut headers = HeaderMap::new();
    for (name, value) in BROWSER {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let builder = Client::builder()
        .no_proxy()
        .redirect(Policy::none())
        .timeout(BOUND)
        .default_headers(headers);
    builder.build().expect("a client")
}

/// One visitor with their cookies.
#[derive(Debug)]
pub(crate) struct Visitor {
    client: Client,
    port: u16,
    number: u64,
    cookies: BTreeMap<String, String>,
}

impl Visitor {
    pub(crate) fn new(client: &Client, port: u16, number: u64) -> Self {
        Self {
            client: client.clone(),
            port,
            number,
            cookies: BTreeMap::new(),
        }
    }

    /// Signs in up to the page that waits, and opens its stream.
    pub(crate) async fn waits(mut self) -> Stream {
        let form = self.gets("/sign-in").await;
        let name = login(self.number);
        let sent = self
            .posts(
                "/sign-in",
                &form,
                &[("username", &name), ("password", okta_sim::PASSWORD)],
            )
            .await;
        let ways = self.gets(&sent).await;
        let chosen = self.posts("/sign-in/factor", &ways, &[("factor", "push")]).await;
        let page = self.gets(&chosen).await;
        let events = attribute(&page, "[data-events]", "data-events").unwrap_or_else(|| panic!("no wait on {page}"));
        let headers = [("cookie", self.cookie()), ("x-forwarded-for", address(self.number))];
        Stream::open(self.port, &events, &headers).await
    }

    /// Opens the form.
    pub(crate) async fn opens(mut self) -> OpenForm {
        let page = self.gets("/sign-in").await;
        OpenForm { visitor: self, page }
    }

    /// The text of a page.
    async fn gets(&mut self, path: &str) -> String {
        let answer = self.sends(self.client.get(self.url(path))).await;
        assert_eq!(answer.status(), 200, "{path}");
        answer.text().await.expect("a page")
    }

    /// Presses a button. Gives the address that it leads to.
    async fn posts(&mut self, path: &str, page: &str, fields: &[(&str, &str)]) -> String {
        let request = self.press(path, page, fields);
        let answer = self.sends(request).await;
        assert_eq!(answer.status(), 303, "{path}");
        let to = answer
            .headers()
            .get(LOCATION)
            .expect("a way on")
            .to_str()
            .unwrap()
            .to_owned();
        to.strip_prefix(&self.url("")).map_or(to.clone(), str::to_owned)
    }

    /// What the press of a button sends.
    fn press(&self, path: &str, page: &str, fields: &[(&str, &str)]) -> RequestBuilder {
        let hidden = |name: &str| attribute(page, &format!("input[name={name}]"), "value").unwrap_or_default();
        let (csrf, attempt) = (hidden("csrf"), hidden("attempt"));
        let mut form = vec![("csrf", csrf.as_str()), ("attempt", attempt.as_str())];
        form.extend(fields);
        let request = self.client.post(self.url(path));
        request.header(ORIGIN, self.url("")).form(&form)
    }

    async fn sends(&mut self, request: RequestBuilder) -> Response {
        let request = request
            .header(COOKIE, self.cookie())
            .header("x-forwarded-for", address(self.number));
        let answer = request.send().await.expect("an answer");
        for cookie in answer.headers().get_all(SET_COOKIE) {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap_or_default();
            let (name, value) = pair.split_once('=').expect("a name and a value");
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        answer
    }

    fn cookie(&self) -> String {
        let pairs: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        pairs.join("; ")
    }

    fn url(&self, path: &str) -> String {
        format!("http://localhost:{}{path}", self.port)
    }
}

/// A visitor at the form.
pub(crate) struct OpenForm {
    visitor: Visitor,
    page: String,
}

impl OpenForm {
    /// The same, and keeps the cookie.
    pub(crate) async fn signs_in_for_good(mut self) -> String {
        self.sends_password().await;
        self.visitor.cookies["portico-session"].clone()
    }

    /// Sends name and password, and gets the cookie.
    pub(crate) async fn signs_in(mut self) {
        self.sends_password().await;
    }

    /// Types name and password; they are sent later.
    pub(crate) fn types(self) -> TypedForm {
        let name = person(self.visitor.number);
        let fields = [("username", &*name), ("password", okta_sim::PASSWORD)];
        TypedForm {
            request: self.visitor.press("/sign-in", &self.page, &fields),
            visitor: self.visitor,
        }
    }

    async fn sends_password(&mut self) {
        let name = person(self.visitor.number);
        let fields = [("username", &*name), ("password", okta_sim::PASSWORD)];
        self.visitor.posts("/sign-in", &self.page, &fields).await;
        assert!(self.visitor.cookies.contains_key("portico-session"), "{name}");
    }
}

/// A visitor about to send name and password.
#[derive(Debug)]
pub(crate) struct TypedForm {
    visitor: Visitor,
    request: RequestBuilder,
}

impl TypedForm {
    /// Sends them. Gives how long the answer took, which has the cookie.
    pub(crate) async fn sends(mut self) -> Duration {
        let began = Instant::now();
        let answer = self.visitor.sends(self.request).await;
        let took = began.elapsed();
        assert_eq!(answer.status(), 303);
        assert!(self.visitor.cookies.contains_key("portico-session"));
        took
    }
}

fn attribute(page: &str, selector: &str, name: &str) -> Option<String> {
    let html = Html::parse_document(page);
    let selector = Selector::parse(selector).expect("a selector");
    html.select(&selector).next()?.attr(name).map(str::to_owned)
}
