//! The least that a check can do: hash the cookie, look it up in a map, store its use, answer with the same headers.

use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, Ordering};

use actix_web::http::header::{CACHE_CONTROL, COOKIE, HeaderName, HeaderValue, VARY};
use actix_web::web::{self, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use portico::clock::{Clock as _, SystemClock};

use super::serves;
use crate::process::IS_PART;

/// The file with the cookies.
pub(crate) const COOKIES: &str = "PORTICO_LOAD_COOKIES";

/// Names and lengths of the headers in the service's answer.
const HEADERS: [(&str, usize); 11] = [
    ("portico-user", 20),
    ("portico-name", 22),
    ("portico-name-encoded", 35),
    ("portico-email", 34),
    ("portico-groups", 29),
    ("portico-groups-encoded", 0),
    ("portico-acr", 0),
    ("portico-auth-time", 10),
    ("portico-session", 43),
    ("portico-expires", 10),
    ("portico-assertion", 650),
];

struct Entry {
    headers: Vec<(HeaderName, HeaderValue)>,
    last_used: AtomicI64,
}

type Sessions = papaya::HashMap<[u8; 32], Entry>;

#[test]
#[ignore = "a part of the load run, in a process of its own"]
fn server() {
    let file = std::env::var_os(COOKIES).map(PathBuf::from);
    let (Some(_), Some(file)) = (std::env::var_os(IS_PART), file) else {
        return;
    };
    let sessions = Data::new(Sessions::new());
    for cookie in std::fs::read_to_string(file).unwrap().lines() {
        let header = |(name, length): (&'static str, usize)| {
            let value = HeaderValue::from_str(&"x".repeat(length)).unwrap();
            (HeaderName::from_static(name), value)
        };
        let entry = Entry {
            headers: HEADERS.map(header).into(),
            last_used: AtomicI64::new(0),
        };
        sessions.pin().insert(hashed(cookie).unwrap(), entry);
    }
    serves(|listener| {
        let server = HttpServer::new(move || {
            App::new()
                .app_data(Data::clone(&sessions))
                .route("/verify/traefik", web::get().to(check))
        })
        .tcp_nodelay(true)
        .shutdown_timeout(0)
        .disable_signals();
        Ok(server.listen(listener)?.run())
    });
}

async fn check(req: HttpRequest, sessions: Data<Sessions>) -> HttpResponse {
    let cookies = req.headers().get(COOKIE).unwrap().to_str().unwrap();
    let cookie = cookies
        .split("; ")
        .find_map(|pair| pair.strip_prefix("portico-session="));
    let key = hashed(cookie.unwrap()).unwrap();
    let sessions = sessions.pin();
    let entry = sessions.get(&key).unwrap();
    let now = SystemClock.now().as_millisecond();
    entry.last_used.store(now, Ordering::Release);
    let mut answer = HttpResponse::Ok().finish();
    let headers = answer.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let varies = HeaderValue::from_static("Cookie, Accept, Sec-Fetch-Mode, Sec-Fetch-Dest");
    headers.insert(VARY, varies);
    // The cookies that are left for the portal.
    headers.insert(COOKIE, HeaderValue::from_static("theme=dark"));
    for (name, value) in &entry.headers {
        headers.insert(name.clone(), value.clone());
    }
    answer
}

fn hashed(cookie: &str) -> Option<[u8; 32]> {
    let id = URL_SAFE_NO_PAD.decode(cookie).ok()?;
    digest(&SHA256, &id).as_ref().try_into().ok()
}
