//! A server on this machine that answers from a script and records its requests.

use std::{
    collections::HashMap,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, LazyLock, Mutex},
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use aws_lc_rs::{
    digest,
    rand::SystemRandom,
    rsa::KeySize,
    signature::{KeyPair, RSA_PKCS1_SHA256, RsaKeyPair},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use okta_direct_auth::{Client, Clock, Config};
use serde_json::{Value, json};
use url::{Url, form_urlencoded};

pub(crate) const NOW: i64 = 1_767_225_600;
pub(crate) const CLIENT: &str = "0oaSIMclient0001b5d7";
pub(crate) const SUB: &str = "00uSIMuser000001b5d7";
pub(crate) const ACCESS: &str = "sim-at.SECRET-access";
pub(crate) const REFRESH: &str = "SECRET-refresh";

/// Two keys for the whole run: making one takes a while.
pub(crate) static KEYS: LazyLock<[RsaKeyPair; 2]> =
    LazyLock::new(|| [(); 2].map(|()| RsaKeyPair::generate(KeySize::Rsa2048).unwrap()));

#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: HashMap<String, String>,
    pub(crate) form: HashMap<String, String>,
}

pub(crate) enum Reply {
    Json(u16, Value),
    With(u16, Vec<(&'static str, String)>, String),
    /// These bytes, then the connection closes.
    Raw(String),
    /// Nothing for this long.
    Silence(Duration),
    /// The head and half a body, then nothing for this long.
    Stall(Duration),
}

type Script = Box<dyn Fn(&Seen, usize) -> Option<Reply> + Send + Sync>;

pub(crate) struct Okta {
    pub(crate) url: Url,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Okta {
    /// The script gets the request and how often its path was requested before. Where it returns `None`, a good reply
    /// is sent.
    pub(crate) fn start(script: impl Fn(&Seen, usize) -> Option<Reply> + Send + Sync + 'static) -> Self {
        // Making keys takes longer than some tests are willing to wait for a reply.
        LazyLock::force(&KEYS);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let okta = Self {
            url: url.clone(),
            seen: Arc::clone(&seen),
        };
        let script: Arc<Script> = Arc::new(Box::new(script));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (script, seen, url) = (Arc::clone(&script), Arc::clone(&seen), url.clone());
                thread::spawn(move || while serve(stream.as_ref().unwrap(), &script, &seen, &url) {});
            }
        });
        okta
    }

    pub(crate) fn config(&self) -> Config {
        let mut config = Config::new(self.url.clone(), CLIENT);
        config.allow_http_loopback = true;
        config
    }

    pub(crate) fn client(&self) -> (Client, TestClock) {
        Self::client_with(self.config())
    }

    pub(crate) fn client_with(config: Config) -> (Client, TestClock) {
        let clock = TestClock::default();
        (Client::new(config).unwrap().with_clock(Arc::new(clock.clone())), clock)
    }

    pub(crate) fn seen(&self, path: &str) -> Vec<Seen> {
        let seen = self.seen.lock().unwrap();
        seen.iter().filter(|seen| seen.path.ends_with(path)).cloned().collect()
    }
}

fn serve(mut stream: &TcpStream, script: &Script, seen: &Mutex<Vec<Seen>>, url: &Url) -> bool {
    let Some(request) = read(stream) else {
        return false;
    };
    let before = {
        let mut seen = seen.lock().unwrap();
        seen.push(request.clone());
        seen.iter().filter(|other| other.path == request.path).count() - 1
    };
    let reply = script(&request, before).unwrap_or_else(|| usual(&request, url));
    let bytes = match reply {
        Reply::Json(status, body) => head(
            status,
            &[("content-type", "application/json".to_owned())],
            &body.to_string(),
        ),
        Reply::With(status, headers, body) => head(status, &headers, &body),
        Reply::Raw(bytes) => {
            let _sent = stream.write_all(bytes.as_bytes());
            return false;
        }
        Reply::Stall(length) => {
            let head = head(200, &[("content-type", "application/json".to_owned())], "{}");
            let _sent = stream.write_all(&head.as_bytes()[..head.len() - 1]);
            thread::sleep(length);
            return false;
        }
        Reply::Silence(length) => {
            thread::sleep(length);
            return false;
        }
    };
    stream.write_all(bytes.as_bytes()).is_ok()
}

fn head(status: u16, headers: &[(&'static str, String)], body: &str) -> String {
    let lines = headers.iter().fold(String::new(), |lines, (name, value)| {
        lines + name + ": " + value + "\r\n"
    });
    format!(
        "HTTP/1.1 {status} X\r\nx-okta-request-id: req-1\r\n{lines}content-length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn read(stream: &TcpStream) -> Option<Seen> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|length| *length > 0)?;
    let target = line.split(' ').nth(1)?.to_owned();
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        headers.insert(name.to_lowercase(), value.to_owned());
    }
    let length = headers
        .get("content-length")
        .map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let form = form_urlencoded::parse(&body).into_owned().collect();
    Some(Seen {
        path: path.to_owned(),
        query: query.to_owned(),
        headers,
        form,
    })
}

fn usual(request: &Seen, url: &Url) -> Reply {
    if request.path.ends_with("openid-configuration") {
        return Reply::Json(200, discovery(url));
    }
    if request.path.ends_with("/keys") {
        return Reply::Json(200, key_set(&["one"]));
    }
    if request.path.ends_with("/token") {
        return Reply::Json(200, tokens(&id_token(url, "one", &json!({}))));
    }
    if request.path.ends_with("/revoke") {
        return Reply::With(200, vec![], String::new());
    }
    Reply::Json(404, json!({"errorCode": "E0000007", "errorSummary": "Not found"}))
}

pub(crate) fn discovery(url: &Url) -> Value {
    let org = url.as_str().trim_end_matches('/');
    let text = include_str!("../data/discovery.json").replace("https://idp.example.test", org);
    serde_json::from_str(&text).unwrap()
}

/// Which of the two keys an id stands for.
fn key(kid: &str) -> &'static RsaKeyPair {
    &KEYS[usize::from(kid != "one")]
}

pub(crate) fn key_set(kids: &[&str]) -> Value {
    let keys: Vec<_> = kids
        .iter()
        .map(|kid| {
            // The modulus has a fixed position in the PKCS#1 form of a 2048-bit key.
            let n = BASE64.encode(&key(kid).public_key().as_ref()[9..265]);
            json!({"kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid, "e": "AQAB", "n": n})
        })
        .collect();
    json!({ "keys": keys })
}

/// A good token but for the given claims; null removes one.
pub(crate) fn id_token(url: &Url, kid: &str, changes: &Value) -> String {
    let hash = digest::digest(&digest::SHA256, ACCESS.as_bytes());
    let mut payload = json!({
        "ver": 1, "iss": url.as_str().trim_end_matches('/'), "aud": CLIENT, "sub": SUB, "iat": NOW, "exp": NOW + 3600,
        "auth_time": NOW, "amr": ["pwd"], "at_hash": BASE64.encode(&hash.as_ref()[..16]),
    });
    for (name, value) in changes.as_object().unwrap() {
        payload[name] = value.clone();
    }
    payload.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    let header = json!({"kid": kid, "alg": "RS256"});
    let message = format!(
        "{}.{}",
        BASE64.encode(header.to_string()),
        BASE64.encode(payload.to_string())
    );
    let mut signature = vec![0; 256];
    key(kid)
        .sign(
            &RSA_PKCS1_SHA256,
            &SystemRandom::new(),
            message.as_bytes(),
            &mut signature,
        )
        .unwrap();
    format!("{message}.{}", BASE64.encode(signature))
}

pub(crate) fn tokens(id_token: &str) -> Value {
    json!({
        "token_type": "Bearer", "expires_in": 3600, "access_token": ACCESS, "refresh_token": REFRESH,
        "scope": "openid profile email", "id_token": id_token, "new_member": {},
    })
}

pub(crate) fn mfa_required() -> Reply {
    Reply::Json(403, json!({"error": "mfa_required", "mfa_token": "SECRET-mfa"}))
}

pub(crate) fn refusal(status: u16, code: &str, text: &str) -> Reply {
    Reply::Json(status, json!({"error": code, "error_description": text}))
}

#[derive(Clone)]
pub(crate) struct TestClock(Arc<Mutex<SystemTime>>);

impl Default for TestClock {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(
            UNIX_EPOCH + Duration::from_secs(NOW.unsigned_abs()),
        )))
    }
}

impl TestClock {
    pub(crate) fn advance(&self, by: Duration) {
        *self.0.lock().unwrap() += by;
    }
}

impl Clock for TestClock {
    fn now(&self) -> SystemTime {
        *self.0.lock().unwrap()
    }
}
