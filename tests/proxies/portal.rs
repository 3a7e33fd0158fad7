//! A portal that answers with the request that it got.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use actix_web::http::header::{ACCEPT, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, UPGRADE};
use actix_web::web::{self, Bytes, Data, Payload};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, rt};
use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::{StreamExt as _, stream};
use serde::{Deserialize, Serialize};

/// A request, as the portal got it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) uri: String,
    /// The names are in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Request {
    /// Reads the request from the portal's answer.
    pub(crate) fn of(answer: &str) -> Self {
        serde_json::from_str(answer).unwrap_or_else(|error| panic!("{error}: {answer}"))
    }

    /// The value of a header that must be there once.
    pub(crate) fn header(&self, name: &str) -> &str {
        let found = self.all(name);
        assert_eq!(found.len(), 1, "{name} in {self:?}");
        found[0]
    }

    /// Every value of a header.
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        let lines = self.headers.iter().filter(|(key, _)| key == name);
        lines.map(|(_, value)| value.as_str()).collect()
    }
}

/// The portal, and every request that it got.
#[derive(Debug, Clone)]
pub(crate) struct Portal {
    pub(crate) port: u16,
    asked: Asked,
    sockets: Arc<AtomicUsize>,
}

type Asked = Arc<Mutex<Vec<Request>>>;

impl Portal {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Asked::default();
        let data = Data::new(Arc::clone(&asked));
        let sockets = Arc::new(AtomicUsize::new(0));
        let open = Data::from(Arc::clone(&sockets));
        thread::spawn(move || {
            let server = HttpServer::new(move || {
                App::new()
                    .app_data(data.clone())
                    .app_data(open.clone())
                    .default_service(web::to(answer))
            });
            let server = server.workers(1).disable_signals().listen(listener).unwrap();
            rt::System::new().block_on(server.run()).unwrap();
        });
        Self { port, asked, sockets }
    }

    /// How many connections are open as a WebSocket.
    pub(crate) fn sockets(&self) -> usize {
        self.sockets.load(Ordering::SeqCst)
    }

    /// Paths of the requests since the last call.
    pub(crate) fn take_received(&self) -> Vec<String> {
        let asked = std::mem::take(&mut *self.asked.lock().unwrap());
        asked.into_iter().map(|request| request.uri).collect()
    }
}

async fn answer(req: HttpRequest, payload: Payload, asked: Data<Asked>, sockets: Data<AtomicUsize>) -> HttpResponse {
    let headers = req.headers().iter();
    let text = |value: &[u8]| {
        let text = std::str::from_utf8(value);
        text.map_or_else(|_| value.escape_ascii().to_string(), str::to_owned)
    };
    let mut request = Request {
        method: req.method().to_string(),
        uri: req.uri().to_string(),
        headers: headers
            .map(|(name, value)| (name.to_string(), text(value.as_bytes())))
            .collect(),
        body: String::new(),
    };
    let note = |request: &Request| asked.lock().unwrap().push(request.clone());
    if req.headers().contains_key(UPGRADE) {
        note(&request);
        if req.headers().contains_key("x-no-socket") {
            return HttpResponse::Forbidden().body("the portal's own");
        }
        return socket(&req, payload, Open::of(&sockets));
    }
    request.body = text(&payload.to_bytes().await.unwrap());
    note(&request);
    if req
        .headers()
        .get(ACCEPT)
        .is_some_and(|accept| accept == "text/event-stream")
    {
        let first = Ok::<_, actix_web::Error>(Bytes::from_static(b"data: one\n\n"));
        let events = stream::iter([first]).chain(stream::pending());
        return HttpResponse::Ok().content_type("text/event-stream").streaming(events);
    }
    match req.path() {
        "/own/401" => HttpResponse::Unauthorized().body("the portal's own"),
        "/own/cookies" => HttpResponse::Ok()
            .append_header(("Set-Cookie", "theme=dark; Path=/"))
            .append_header(("Set-Cookie", "portico-session=stolen; Path=/"))
            .append_header(("Set-Cookie", "lang=en"))
            .append_header(("Set-Cookie", "__Host-portico-attempt=x; Secure; Path=/"))
            .json(request),
        "/own/empty" => HttpResponse::NoContent().finish(),
        "/own/known" => HttpResponse::NotModified().append_header(("ETag", "\"1\"")).finish(),
        "/own/403" => HttpResponse::Forbidden().body("the portal's own"),
        _ => HttpResponse::Ok().json(request),
    }
}

/// Echoes what it receives, byte for byte.
fn socket(req: &HttpRequest, payload: Payload, open: Open) -> HttpResponse {
    let key = req.headers().get(SEC_WEBSOCKET_KEY).unwrap().as_bytes();
    let both = [key, b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"].concat();
    let accept = STANDARD.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, &both));
    HttpResponse::SwitchingProtocols()
        .upgrade("websocket")
        .insert_header((SEC_WEBSOCKET_ACCEPT, accept))
        .streaming(payload.inspect(move |_| open.count()))
}

/// Counts a WebSocket while it exists.
struct Open(Arc<AtomicUsize>);

impl Open {
    fn of(sockets: &Data<AtomicUsize>) -> Self {
        sockets.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(sockets))
    }

    /// Keeps it alive in a closure.
    fn count(&self) {
        assert!(self.0.load(Ordering::SeqCst) > 0);
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}
