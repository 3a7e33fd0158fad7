#!/bin/sh
# What becomes of a connection on which a request says `Connection: Upgrade` and names no protocol?
#
# One would guess: nothing. `Connection` lists a field that is not there (RFC 9110 §7.6.1), so there is no offer (§7.8); the answer
#   is an ordinary one and the connection is kept, as HTTP/1.1 does unless somebody says `close`.
# So it is with axum (hyper), Node's own server, aiohttp, waitress and uvicorn. actix-web ends the connection and, in place of `close`,
#   repeats `connection: upgrade`.
# What follows: `proxy_set_header Connection "upgrade"` is copied from page to page for WebSockets, and proxies with a pool of
#   connections then send the next request, somebody else's, into one that is about to end: 502, and a POST is not repeated. In front of
#   an actix server say `Connection` only where the client did, or have the server answer such a request with `close`.
#
# Needs cargo, node and python3 with venv. Exits non-zero when one of them behaves otherwise.
set -eu
folder=$(mktemp -d)
servers=
stop() {
  for server in $servers; do kill "$server" 2>/dev/null || true; done
  rm -rf "$folder"
}
trap stop EXIT
cd "$folder"
export PIP_DISABLE_PIP_VERSION_CHECK=1

mkdir -p actix/src axum/src
cat >actix/Cargo.toml <<'END'
[package]
name = "actix"
version = "0.0.0"
edition = "2024"

[dependencies]
actix-http = "=3.20.0"
actix-web = { version = "=4.18.1", default-features = false, features = ["macros"] }

[workspace]
END
cat >actix/src/main.rs <<'END'
use actix_web::{App, HttpServer, web};

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let app = || App::new().route("/", web::get().to(|| async { "here" }));
    HttpServer::new(app).workers(1).bind(("127.0.0.1", 18701))?.run().await
}
END
cat >axum/Cargo.toml <<'END'
[package]
name = "axum-server"
version = "0.0.0"
edition = "2024"

[dependencies]
axum = { version = "=0.8.9", default-features = false, features = ["http1", "tokio"] }
tokio = { version = "1", features = ["macros", "net", "rt"] }

[workspace]
END
cat >axum/src/main.rs <<'END'
use axum::{Router, routing::get};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:18702").await.unwrap();
    let app = Router::new().route("/", get(|| async { "here" }));
    axum::serve(listener, app).await.unwrap();
}
END
cargo build --quiet --manifest-path actix/Cargo.toml
cargo build --quiet --manifest-path axum/Cargo.toml
python3 -m venv python
python/bin/pip install --quiet aiohttp==3.14.5 waitress==3.0.2 uvicorn==0.54.0 h11==0.16.0 httptools==0.9.0

cat >server.mjs <<'END'
import { createServer } from "node:http";
createServer((_, answer) => answer.end("here")).listen(18703, "127.0.0.1");
END
cat >served.py <<'END'
import sys


async def asgi(scope, receive, send):
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4")]})
        await send({"type": "http.response.body", "body": b"here"})


def wsgi(_, start):
    start("200 OK", [("Content-Length", "4")])
    return [b"here"]


def serve(kind, port):
    if kind == "aiohttp":
        from aiohttp import web

        async def here(_):
            return web.Response(text="here")

        app = web.Application()
        app.router.add_get("/", here)
        web.run_app(app, host="127.0.0.1", port=port, print=None)
    elif kind == "waitress":
        from waitress import serve

        serve(wsgi, host="127.0.0.1", port=port, _quiet=True)
    else:
        import uvicorn

        uvicorn.run(asgi, host="127.0.0.1", port=port, http=kind, log_level="error", lifespan="off")


serve(sys.argv[1], int(sys.argv[2]))
END
actix/target/debug/actix & servers="$servers $!"
axum/target/debug/axum-server & servers="$servers $!"
node server.mjs & servers="$servers $!"
port=18704
for kind in aiohttp waitress h11 httptools; do
  python/bin/python served.py "$kind" "$port" & servers="$servers $!"
  port=$((port + 1))
done

cat >ask.py <<'END'
import re, socket, sys, time

name, port = sys.argv[1], int(sys.argv[2])
deadline = time.monotonic() + 30
while True:
    try:
        connection = socket.create_connection(("127.0.0.1", port), timeout=5)
        break
    except OSError:
        if time.monotonic() > deadline:
            raise
        time.sleep(0.1)


def asks(says):
    try:
        connection.sendall(f"GET / HTTP/1.1\r\nHost: localhost\r\n{says}\r\n".encode())
        answer = b""
        while True:
            piece = connection.recv(65536)
            if not piece:
                return None
            answer += piece
            head, _, body = answer.partition(b"\r\n\r\n")
            if b"here" in body:
                if b"chunked" in head.lower() and not body.endswith(b"0\r\n\r\n"):
                    continue
                return head.decode("latin-1")
    except ConnectionError:
        return None


head = asks("Connection: Upgrade\r\n")
said = re.search(r"(?im)^connection: *(.*?)\r?$", head)
kept = asks("") is not None
print(name, "keeps it" if kept else "ends it", "and says", said[1].lower() if said else "nothing")
END
cat >expected <<'END'
actix-web 4.18.1 ends it and says upgrade
axum 0.8.9 keeps it and says nothing
node keeps it and says keep-alive
aiohttp 3.14.5 keeps it and says nothing
waitress 3.0.2 keeps it and says nothing
uvicorn 0.54.0 h11 keeps it and says nothing
uvicorn 0.54.0 httptools keeps it and says nothing
END
port=18701
while read -r line; do
  python/bin/python ask.py "${line% [ke][en]*s it*}" "$port"
  port=$((port + 1))
done <expected | tee told
diff expected told
