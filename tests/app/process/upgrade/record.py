#!/usr/bin/env python3
"""Writes the store that tests/app/process/upgrade.rs opens: one that version 0.1.0 has in use.

0.1.0 was never published. It is commit 22cef499, the last one whose changelog says nothing but what the first version
is; what stands above that in CHANGELOG.md are changes from it. To repeat it:

    git worktree add --detach ../first-version 22cef499
    (cd ../first-version && cargo build --locked -p portico -p okta-sim --bins)
    tests/app/process/upgrade/record.py ../first-version/target/debug tests/app/process/upgrade

The programs that write are those of that commit. The key ring and the cookies that this keeps are good for nothing else.
"""

import datetime
import html.parser
import http.client
import http.cookies
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse

PASSWORD = "portico-demo"


class Forms(html.parser.HTMLParser):
    """The hidden fields of each form of a page, by the path that it posts to."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: dict[str, dict[str, str]] = {}
        self.current: dict[str, str] = {}
        self.feed(page)

    def handle_starttag(self, tag, attrs) -> None:
        said = dict(attrs)
        if tag == "form":
            self.current = self.fields.setdefault(said.get("action", ""), {})
        elif tag == "input" and said.get("type") == "hidden":
            self.current[said["name"]] = said.get("value") or ""


class Browser:
    """Keeps cookies, and follows a redirect only when told to."""

    def __init__(self, port: int) -> None:
        self.port, self.cookies, self.at, self.page = port, {}, "", ""

    def request(self, method: str, path: str, fields: dict[str, str] | None = None) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Host": f"localhost:{self.port}", "Accept": "text/html"}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        body = None
        if fields is not None:
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"http://localhost:{self.port}"}
            body = urllib.parse.urlencode(fields)
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        for line in response.headers.get_all("Set-Cookie", []):
            for name, morsel in http.cookies.SimpleCookie(line).items():
                if morsel.value and morsel["max-age"] != "0":
                    self.cookies[name] = morsel.value
                else:
                    self.cookies.pop(name, None)
        self.page, self.at = response.read().decode(), response.headers.get("Location", path)
        connection.close()
        return response.status

    def gets(self, path: str) -> "Browser":
        expect(self.request("GET", path), 200, path)
        return self

    def presses(self, action: str, status: int, **fields: str) -> "Browser":
        hidden = Forms(self.page).fields[action]
        expect(self.request("POST", action, hidden | fields), status, action)
        return self

    def signs_in(self, login: str, status: int = 303, password: str = PASSWORD, **fields: str) -> "Browser":
        return self.gets("/sign-in").presses("/sign-in", status, username=login, password=password, **fields)

    def reaches(self, login: str, way: str) -> "Browser":
        self.signs_in(login).gets(self.at)
        self.presses("/sign-in/factor", 303, factor=way)
        return self.gets(self.at)


def expect(status: int, wanted: int, what: str) -> None:
    if status != wanted:
        sys.exit(f"{what}: {status} instead of {wanted}")


def call(port: int, method: str, path: str, body: object = None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request(method, path, json.dumps(body), {"Content-Type": "application/json", "Host": f"localhost:{port}"})
    response = connection.getresponse()
    text = response.read()
    return response.status, (json.loads(text) if text and response.status == 200 and text[:1] in b"{[" else None)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def answers(port: int, path: str, within: float = 30) -> None:
    end = time.monotonic() + within
    while time.monotonic() < end:
        try:
            if call(port, "GET", path)[0] == 200:
                return
        except OSError:
            pass
        time.sleep(0.05)
    sys.exit(f"nothing answers on port {port}")


def environment(port: int, ops: int, okta: int, folder: pathlib.Path) -> dict[str, str]:
    return {
        "PORTICO_PUBLIC_URL": f"http://localhost:{port}",
        "PORTICO_LISTEN": f"127.0.0.1:{port}",
        "PORTICO_OPS__LISTEN": f"127.0.0.1:{ops}",
        "PORTICO_OKTA__ORG_URL": f"http://localhost:{okta}",
        "PORTICO_OKTA__CLIENT_ID": "portico-demo",
        "PORTICO_SESSION__REMEMBER": "30d",
        # All browsers are at one address.
        "PORTICO_LIMITS__ADDRESS_BURST": "1000",
        "PORTICO_STORE__PATH": str(folder / "portico.redb"),
    }


def use(port: int, okta: int) -> dict[str, dict]:
    """Has customers do what a store remembers. Gives their browsers."""
    def newcomer() -> Browser:
        return Browser(port)

    password = newcomer().signs_in("password@example.com")
    factors = newcomer().reaches("otp@example.com", "otp")
    factors.presses("/sign-in/code", 303, code=call(okta, "GET", "/phone/otp@example.com.json")[1]["otp"])
    remembered = newcomer().signs_in("password@example.com", remember="on")
    ended = newcomer().signs_in("password@example.com")
    former = dict(ended.cookies)
    ended.gets("/sign-out").presses("/sign-out", 303)
    # From here on Okta takes no revocation.
    expect(call(okta, "POST", "/sim/faults", {"endpoint": "revoke", "kind": "maintenance", "times": 1000})[0], 204, "fault")
    revoking = newcomer().signs_in("password@example.com")
    owed = dict(revoking.cookies)
    revoking.gets("/sign-out").presses("/sign-out", 303)
    if "okta=later" not in revoking.at:
        sys.exit(f"the revocation is not pending: {revoking.at}")
    code = newcomer().reaches("otp@example.com", "otp")
    push = newcomer().reaches("push@example.com", "push")
    for _ in range(5):
        newcomer().signs_in("password@example.com", 403, password="wrong")
    newcomer().signs_in("password@example.com", 429)
    return {
        "password": {"cookies": password.cookies},
        "factors": {"cookies": factors.cookies},
        "remembered": {"cookies": remembered.cookies},
        "ended": {"cookies": former},
        "revocation_pending": {"cookies": owed},
        "entering_a_code": {"cookies": code.cookies, "at": code.at},
        "waiting_for_a_push": {"cookies": push.cookies, "at": push.at},
    }


def main(programs: pathlib.Path, target: pathlib.Path) -> None:
    port, ops, okta = free_port(), free_port(), free_port()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        sim = subprocess.Popen([programs / "okta-sim", "--port", str(okta)], stdout=subprocess.DEVNULL)
        answers(okta, "/sim/clock")
        expect(call(okta, "POST", "/sim/settings", {"limits": {"user_per_second": 0}})[0], 200, "limits")
        env = environment(port, ops, okta, folder) | {"PATH": os.environ["PATH"]}
        portico = subprocess.Popen([programs / "portico", "serve"], env=env, stderr=subprocess.DEVNULL)
        try:
            answers(ops, "/readyz")
            browsers = use(port, okta)
            now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z")
            kept = {"at": now, "port": port, "browsers": browsers}
        finally:
            # In the middle of things: the next version has to open what a crash leaves.
            portico.send_signal(signal.SIGKILL)
            portico.wait()
            sim.kill()
            sim.wait()
        for file in ("portico.redb", "portico.redb.keys"):
            shutil.copyfile(folder / file, target / file)
        (target / "browsers.json").write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
