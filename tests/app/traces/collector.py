"""A collector of traces. It decodes what it gets with the messages that the OpenTelemetry project publishes for Python.

It prints its port. GET /spans gives what came as JSON, GET /batches the number of batches; POST /answer sets the status
and the delay (in seconds) of the answers to come. With a certificate, it speaks TLS.
"""

import base64
import json
import ssl
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

LOCK = threading.Lock()
SPANS, BATCHES, ANSWER = [], [0], {"status": 200, "delay": 0}


def plain(attributes):
    """Attributes as a dictionary."""
    return {each["key"]: next(iter(each["value"].values())) for each in attributes}


def as_hex(text):
    return base64.b64decode(text).hex()


def spans(body, headers):
    request = ExportTraceServiceRequest()
    request.ParseFromString(body)
    for resource in MessageToDict(request)["resourceSpans"]:
        about = plain(resource["resource"]["attributes"])
        for scope in resource["scopeSpans"]:
            for span in scope["spans"]:
                yield {
                    "trace": as_hex(span["traceId"]),
                    "id": as_hex(span["spanId"]),
                    "parent": as_hex(span.get("parentSpanId", "")),
                    "state": span.get("traceState", ""),
                    "flags": span["flags"],
                    "name": span["name"],
                    "kind": span["kind"],
                    "took": int(span["endTimeUnixNano"]) - int(span["startTimeUnixNano"]),
                    "status": span.get("status", {}).get("code", ""),
                    "attributes": plain(span.get("attributes", [])),
                    "resource": about,
                    "headers": headers,
                }


class Collector(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        with LOCK:
            content = str(BATCHES[0]) if self.path == "/batches" else json.dumps(SPANS)
        self.reply(200, content.encode())

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.path == "/answer":
            ANSWER.update(json.loads(body))
            self.reply(200, b"")
            return
        answer = dict(ANSWER)
        with LOCK:
            BATCHES[0] += 1
        time.sleep(answer["delay"])
        status = answer["status"] if self.path.endswith("/v1/traces") else 404
        if self.headers["content-type"] != "application/x-protobuf":
            status = 415
        with LOCK:
            if status == 200:
                headers = {name.lower(): value for name, value in self.headers.items()}
                SPANS.extend(spans(body, headers | {":path": self.path}))
        self.reply(status, b"")

    def reply(self, status, content):
        self.send_response(status)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
port = server.server_address[1]
if len(sys.argv) > 1:
    # The tests ask on a plain port, what is under test exports to the one with TLS.
    tls = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[1], sys.argv[2])
    tls.socket = context.wrap_socket(tls.socket, server_side=True)
    threading.Thread(target=tls.serve_forever, daemon=True).start()
    port = f"{port} {tls.server_address[1]}"
print(port, flush=True)
server.serve_forever()
