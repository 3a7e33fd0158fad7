//! The HTTP client for the WebDriver library: the one that the other tests use, where the library would bring another
//! version of it.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Bytes;
use hyper::{Request, Response};
use thirtyfour::error::{WebDriverError, WebDriverResult};
use thirtyfour::session::http::{Body, HttpClient};

/// Longer than any command takes, page loads and waiting scripts included.
const PATIENCE: Duration = Duration::from_mins(2);

#[derive(Debug, Clone)]
pub(crate) struct Client(reqwest::Client);

impl Client {
    pub(crate) fn new() -> Self {
        let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build();
        Self(client.unwrap())
    }
}

/// As the attribute of the trait writes it.
type Answer<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

impl HttpClient for Client {
    fn send<'a, 'b, 'c>(&'a self, request: Request<Body<'b>>) -> Answer<'c, WebDriverResult<Response<Bytes>>>
    where
        'a: 'c,
        'b: 'c,
        Self: 'c,
    {
        Box::pin(async move {
            let (head, body) = request.into_parts();
            let asking = self.0.request(head.method, head.uri.to_string()).headers(head.headers);
            let asking = match body {
                Body::Empty => asking,
                Body::Json(json) => asking.json(json),
            };
            let answer = asking.send().await.map_err(failed)?;
            let status = answer.status();
            let mut whole = Response::new(answer.bytes().await.map_err(failed)?);
            *whole.status_mut() = status;
            Ok(whole)
        })
    }

    fn new<'a, 'c>(&'a self) -> Answer<'c, Arc<dyn HttpClient>>
    where
        'a: 'c,
        Self: 'c,
    {
        Box::pin(async { Arc::new(Self::new()) as Arc<dyn HttpClient> })
    }
}

#[expect(clippy::needless_pass_by_value, reason = "map_err hands it over")]
fn failed(error: reqwest::Error) -> WebDriverError {
    WebDriverError::HttpError(error.to_string())
}
