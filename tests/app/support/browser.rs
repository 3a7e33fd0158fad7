//! A browser without script: it keeps cookies, sends `Origin` with its forms, and follows no redirect by itself.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use reqwest::header::{COOKIE, ORIGIN};
use reqwest::{Method, RequestBuilder};

use super::events::Events;
use super::page::Page;
use super::wait::soon;
use super::{PASSWORD, SESSION, full};

/// Clones share the cookies, as the tabs of one browser do.
#[derive(Debug, Clone)]
pub(crate) struct Browser {
    client: reqwest::Client,
    base: String,
    origin: String,
    cookies: Arc<Mutex<BTreeMap<String, String>>>,
    headers: Vec<(String, String)>,
}

impl Browser {
    pub(crate) fn new(client: reqwest::Client, base: &str) -> Self {
        let origin = url::Url::parse(base).unwrap().origin().ascii_serialization();
        Self {
            client,
            base: base.to_owned(),
            origin,
            cookies: Arc::default(),
            headers: Vec::new(),
        }
    }

    /// The same browser with one more header on every request.
    pub(crate) fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A fresh browser of somebody else.
    pub(crate) fn another(&self) -> Self {
        Self::new(self.client.clone(), &self.base)
    }

    /// Where the service is, without a slash at its end.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().unwrap().get(name).cloned()
    }

    /// Every cookie, by name.
    pub(crate) fn cookies(&self) -> BTreeMap<String, String> {
        self.cookies.lock().unwrap().clone()
    }

    pub(crate) fn forgets_cookie(&self, name: &str) {
        self.cookies.lock().unwrap().remove(name);
    }

    pub(crate) fn plants_cookie(&self, name: &str, value: &str) {
        self.cookies.lock().unwrap().insert(name.to_owned(), value.to_owned());
    }

    /// Gets the cookies that another browser has now.
    pub(crate) fn plants_cookies_of(&self, other: &Self) {
        for (name, value) in other.cookies() {
            self.plants_cookie(&name, &value);
        }
    }

    pub(crate) fn forgets_every_cookie(&self) {
        self.cookies.lock().unwrap().clear();
    }

    pub(crate) fn is_signed_in(&self) -> bool {
        self.cookie(SESSION).is_some()
    }

    /// A request to a path of the service or to a whole address, with this browser's cookies, not yet sent.
    pub(crate) fn request(&self, method: Method, address: &str) -> RequestBuilder {
        let url = if address.starts_with('/') {
            format!("{}{address}", self.origin)
        } else {
            address.to_owned()
        };
        let mut request = self.client.request(method, url);
        let cookies = self.cookies.lock().unwrap();
        if !cookies.is_empty() {
            let pairs: Vec<String> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header(COOKIE, pairs.join("; "));
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        request
    }

    /// Sends a request and keeps the cookies of the answer.
    pub(crate) async fn sends(&self, request: RequestBuilder) -> Page {
        self.tries(request).await.unwrap()
    }

    /// The same where the service may be gone.
    pub(crate) async fn tries(&self, request: RequestBuilder) -> Result<Page, reqwest::Error> {
        let answer = soon("an answer", request.send()).await?;
        let (url, status, headers) = (
            answer.url().to_string(),
            answer.status().as_u16(),
            answer.headers().clone(),
        );
        let body = soon("a body", answer.text()).await?;
        let page = Page {
            url,
            status,
            headers,
            body,
        };
        self.keeps_cookies(&page);
        Ok(page)
    }

    fn keeps_cookies(&self, page: &Page) {
        let mut cookies = self.cookies.lock().unwrap();
        for cookie in page.headers.get_all("set-cookie") {
            let cookie = cookie.to_str().unwrap();
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            let is_elsewhere = |attribute: &str| {
                attribute.starts_with("Domain=") || (attribute.starts_with("Path=") && attribute != "Path=/")
            };
            // It removes a cookie of another path or domain, and this browser has only those of `/`.
            if cookie.contains("Max-Age=0") && cookie.split("; ").any(is_elsewhere) {
                continue;
            }
            if cookie.contains("Max-Age=0") || value.is_empty() {
                cookies.remove(name);
            } else {
                cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    pub(crate) async fn gets(&self, address: &str) -> Page {
        self.sends(self.request(Method::GET, address)).await
    }

    /// Posts a form from a page of the service.
    pub(crate) async fn posts(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        self.sends(self.post(path, fields)).await
    }

    fn post(&self, path: &str, fields: &[(&str, &str)]) -> RequestBuilder {
        self.request(Method::POST, path)
            .header(ORIGIN, &self.origin)
            .form(fields)
    }

    /// Follows a redirect, which must stay on this site.
    #[track_caller]
    pub(crate) fn follows(&self, page: &Page) -> impl Future<Output = Page> {
        page.expect(303);
        let (browser, to) = (self.clone(), page.location().to_owned());
        assert!(to.starts_with('/') || to.starts_with(&self.origin), "leads away: {to}");
        async move { browser.gets(&to).await }
    }

    /// Presses a button of a form on this page.
    pub(crate) async fn presses(&self, page: &Page, action: &str, fields: &[(&str, &str)]) -> Page {
        self.sends(self.press(page, action, fields)).await
    }

    /// The same, not yet sent.
    pub(crate) fn press(&self, page: &Page, action: &str, fields: &[(&str, &str)]) -> RequestBuilder {
        let hidden = page.form(action);
        let mut all: Vec<(&str, &str)> = hidden
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        all.retain(|(name, _)| fields.iter().all(|(other, _)| other != name));
        all.extend(fields);
        self.post(&format!("{}{action}", self.prefix()), &all)
    }

    fn prefix(&self) -> &str {
        self.base.strip_prefix(&self.origin).unwrap_or_default()
    }

    /// A path of the service, with the path that it is mounted at.
    pub(crate) fn path(&self, path: &str) -> String {
        format!("{}{path}", self.prefix())
    }

    pub(crate) async fn opens_sign_in(&self, return_to: Option<&str>) -> Page {
        let mut address = url::Url::parse(&format!("{}/sign-in", self.base)).unwrap();
        if let Some(to) = return_to {
            address.query_pairs_mut().append_pair("return_to", to);
        }
        self.gets(address.as_str()).await
    }

    pub(crate) async fn submits_password(&self, page: &Page, login: &str, password: &str) -> Page {
        self.presses(page, "/sign-in", &[("username", &full(login)), ("password", password)])
            .await
    }

    /// Opens the form and sends name and password.
    pub(crate) async fn begins(&self, login: &str) -> Page {
        let form = self.opens_sign_in(None).await;
        self.submits_password(form.expect(200), login, PASSWORD).await
    }

    /// The same for a customer whom the portal at this address sends here.
    pub(crate) async fn begins_at(&self, portal: &str, login: &str) -> Page {
        let sent = self.gets(portal).await;
        let form = self.gets(sent.location()).await;
        self.submits_password(form.expect(200), login, PASSWORD).await
    }

    /// "Sign in without a password", which leads to the choice of factors.
    pub(crate) async fn begins_without_password(&self, login: &str) -> Page {
        let form = self.opens_sign_in(None).await;
        let fields = form.form("/sign-in");
        let mut fields: Vec<(&str, &str)> = fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let login = full(login);
        fields.extend([("username", login.as_str()), ("password", "")]);
        let answer = self.posts(&self.path("/sign-in/factor"), &fields).await;
        self.follows(answer.leads_to(&self.path("/sign-in/factor"))).await
    }

    pub(crate) async fn chooses(&self, page: &Page, way: &str) -> Page {
        self.presses(page, "/sign-in/factor", &[("factor", way)]).await
    }

    pub(crate) async fn enters_code(&self, page: &Page, code: &str) -> Page {
        self.presses(page, "/sign-in/code", &[("code", code)]).await
    }

    /// Presses "I have approved it".
    pub(crate) async fn says_approved(&self, page: &Page) -> Page {
        self.presses(page, "/sign-in/push", &[]).await
    }

    /// Signs in by password and chooses this factor, up to the page where the answer is given.
    pub(crate) async fn reaches(&self, login: &str, way: &str) -> Page {
        let ways = self.follows(&self.begins(login).await).await;
        let chosen = self.chooses(&ways, way).await;
        self.follows(&chosen).await
    }

    /// Opens the stream of events, as the page that waits does.
    pub(crate) async fn waits(&self, page: &Page) -> Events {
        let address = page.attribute("data-events").expect("a page that waits");
        Events::open(self.request(Method::GET, &address)).await
    }

    /// Opens the sign-out page and confirms.
    pub(crate) async fn signs_out(&self) -> Page {
        let asks = self.gets(&self.path("/sign-out")).await;
        self.presses(asks.expect(200), "/sign-out", &[]).await
    }

    /// `GET /session`.
    pub(crate) async fn session(&self) -> serde_json::Value {
        let page = self.gets(&self.path("/session")).await;
        serde_json::from_str(&page.expect(200).body).unwrap()
    }
}
