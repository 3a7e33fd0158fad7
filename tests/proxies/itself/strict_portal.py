"""A portal that reads its requests strictly, with h11, and says at its end what they were.

Prints its port, answers until its input ends, and then prints all its connections as JSON: the requests in their order, and what
was wrong. The address of each request says how it answers: `?m=whole` and so on.
"""

import json
import socket
import sys
import threading

import h11

LOCK = threading.Lock()
CONNECTIONS = []


class Connection:
    def __init__(self, stream):
        self.stream = stream
        self.h11 = h11.Connection(h11.SERVER)
        self.told = {"requests": [], "error": None, "spoiled": None, "used_again": None, "socket": ""}
        with LOCK:
            CONNECTIONS.append(self.told)

    def serve(self):
        try:
            while self.one():
                pass
        except h11.RemoteProtocolError as error:
            if not self.is_over:
                self.told["error"] = str(error)
            elif self.h11.their_state is h11.ERROR and self.is_between:
                self.told["error"] = f"the end in a head: {error}"
        except OSError:
            pass
        finally:
            self.stream.close()

    is_over = False
    # Whether the next byte begins a request.
    is_between = True

    def event(self):
        while True:
            event = self.h11.next_event()
            if event is not h11.NEED_DATA:
                return event
            piece = self.stream.recv(65536)
            self.is_over = not piece
            self.h11.receive_data(piece)

    def one(self):
        """Reads and answers one request. Returns whether there may be another."""
        event = self.event()
        if not isinstance(event, h11.Request):
            return False
        self.is_between = False
        target = event.target.decode("latin-1")
        request = {
            "method": event.method.decode("latin-1"),
            "target": target,
            "version": event.http_version.decode("latin-1"),
            "headers": [[name.decode("latin-1"), value.decode("latin-1")] for name, value in event.headers],
            "body": "",
            "is_whole": False,
        }
        self.told["requests"].append(request)
        if self.told["spoiled"]:
            self.told["used_again"] = target
        way = target.partition("m=")[2]
        has_answered = way == "early"
        if has_answered:
            self.answer(target, "whole")
        while True:
            event = self.event()
            if isinstance(event, h11.Data):
                request["body"] += bytes(event.data).hex()
            elif isinstance(event, h11.EndOfMessage):
                request["is_whole"] = self.is_between = True
                break
            else:
                return False
        if has_answered:
            self.h11.start_next_cycle()
            return True
        return self.answer(target, way)

    def answer(self, target, way):
        words = b"seen " + target.encode("latin-1")
        seen = b"x-seen: " + target.encode("latin-1") + b"\r\n"
        length = b"content-length: %d\r\n" % len(words)
        chunked = b"transfer-encoding: chunked\r\n"
        chunks = b"%x\r\n%s\r\n0\r\n\r\n" % (len(words), words)
        line = b"HTTP/1.1 200 OK\r\n"
        body = words
        spoils = True
        if way == "chunked":
            head, body, spoils = line + seen + chunked, chunks, False
        elif way == "close":
            head = line + seen + length + b"connection: close\r\n"
        elif way == "ten":
            head = b"HTTP/1.0 200 OK\r\nconnection: keep-alive\r\n" + seen + length
        elif way == "both":
            head, body = line + seen + b"content-length: 3\r\n" + chunked, chunks
        elif way == "extra":
            head = line + seen + length
            body = words + b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nEVIL"
        elif way == "other":
            head, body = b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: other\r\n", b""
        elif way == "none":
            head, body = b"HTTP/1.1 101 Switching Protocols\r\n", b""
        elif way == "half":
            head, body = line + seen + length, words[:3]
        elif way == "drop":
            return False
        elif way == "socket":
            return self.echoes()
        else:
            head, spoils = line + seen + length, False
        if spoils:
            self.told["spoiled"] = way
        is_head = self.told["requests"][-1]["method"] == "HEAD" and way != "extra"
        self.stream.sendall(head + b"\r\n" + (b"" if is_head else body))
        if way in ("close", "half"):
            return False
        # Told to the parser too, so that it goes on to the next request.
        self.h11.send(h11.Response(status_code=200, headers=[("content-length", "0")]))
        self.h11.send(h11.EndOfMessage())
        if self.h11.our_state is h11.DONE and self.h11.their_state is h11.DONE:
            self.h11.start_next_cycle()
        return True


    def echoes(self):
        """A WebSocket that sends back what it receives."""
        self.told["spoiled"] = "socket"
        line = b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n"
        self.stream.sendall(line)
        piece, _ = self.h11.trailing_data
        while True:
            self.told["socket"] += piece.hex()
            self.stream.sendall(piece)
            piece = self.stream.recv(65536)
            if not piece:
                return False


def main():
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    print(listener.getsockname()[1], flush=True)

    def accept():
        while True:
            stream, _ = listener.accept()
            threading.Thread(target=Connection(stream).serve, daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    sys.stdin.read()
    with LOCK:
        json.dump(CONNECTIONS, sys.stdout)


main()
