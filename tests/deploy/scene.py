"""A set-up without containers: its programs in the network of this run, under the addresses of its compose.yaml."""

import http.server
import json
import subprocess
import threading
import time

from browser import Browser, Forms
from support import BIN, Case

CUSTOMER = "198.51.100.7"
PUBLIC = "https://portal.example.com"


class Scene(Case):
    browser: Browser

    def setUp(self) -> None:
        super().setUp()
        self.log: dict[str, list[dict]] = {}
        self.processes: dict[str, subprocess.Popen] = {}

    def make_network(self, proxy: str, behind: list[str], others: list[str]) -> None:
        for address in (CUSTOMER, proxy, *behind, *others):
            subprocess.run(["ip", "address", "replace", f"{address}/32", "dev", "lo"], check=True)
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        # Whoever connects to Portico without saying from where does so from the proxy's address, as the proxy's container.
        for address in behind:
            subprocess.run(["ip", "route", "replace", "local", address, "dev", "lo", "table", "local", "src", proxy], check=True)

    def start(self, name: str, *command, until: str | None = None, env: dict[str, str] | None = None) -> None:
        """Runs a program until the end of the test; returns once it has said UNTIL."""
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                   env={"PATH": "/usr/sbin:/usr/bin:/bin", **(env or {})})
        self.processes[name] = process
        self.addCleanup(self.end, process)
        if until:
            said = []
            for line in process.stdout:
                said.append(line)
                if until in line:
                    break
            else:
                self.fail(f"{name} does not start: {''.join(said[-5:])}")
        threading.Thread(target=self.read_log, args=(name, process), daemon=True).start()

    def end(self, process: subprocess.Popen) -> None:
        if process.poll() is None:
            process.kill()
        process.wait()

    def read_log(self, name: str, process: subprocess.Popen) -> None:
        kept = self.log.setdefault(name, [])
        with process.stdout as lines:
            for line in lines:
                if line.startswith("{"):
                    kept.append(json.loads(line))

    def start_okta(self) -> dict[str, str]:
        """The simulator; returns what leads Portico to it."""
        self.start("okta", BIN / "okta-sim", "--port", "8081", until="Issuer")
        return {"PORTICO_OKTA__ORG_URL": "http://localhost:8081"}

    def start_portal(self, address: str, port: int) -> None:
        class Portal(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:  # noqa: N802
                body = json.dumps({name.lower(): value for name, value in self.headers.items()}).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_) -> None:
                pass

        portal = http.server.ThreadingHTTPServer((address, port), Portal)
        threading.Thread(target=portal.serve_forever, daemon=True).start()
        self.addCleanup(lambda: (portal.shutdown(), portal.server_close()))

    def eventually(self, holds) -> None:
        until = time.monotonic() + 30
        while not holds():
            self.assertLess(time.monotonic(), until, "not within 30 s")
            time.sleep(0.05)

    def shows_the_form(self) -> bool:
        for name, process in self.processes.items():
            self.assertIsNone(process.poll(), f"{name} has ended")
        try:
            return self.browser.request("GET", f"{PUBLIC}/auth/sign-in")[0] == 200
        except OSError:
            return False

    def sign_in(self) -> dict[str, str]:
        """As a customer who wanted a page of the portal; returns what the portal was told."""
        status, headers, _ = self.browser.request("GET", f"{PUBLIC}/orders?page=2")
        self.assertEqual(status, 302)
        form = headers["Location"]
        self.assertTrue(form.startswith(f"{PUBLIC}/auth/sign-in?"), form)
        status, _, page = self.browser.request("GET", form)
        self.assertEqual(status, 200)
        fields = Forms(page).fields["/auth/sign-in"] | {"username": "password@example.com", "password": "portico-demo"}
        status, headers, _ = self.browser.request("POST", f"{PUBLIC}/auth/sign-in", fields)
        self.assertEqual((status, headers["Location"]), (303, f"{PUBLIC}/orders?page=2"))
        told = self.visit()
        self.assertEqual(told["portico-email"], "password@example.com")
        self.assertEqual(told["x-forwarded-for"], CUSTOMER)
        self.assertNotIn("portico", told.get("cookie", ""))
        return told

    def visit(self) -> dict[str, str]:
        status, _, page = self.browser.request("GET", f"{PUBLIC}/orders?page=2")
        self.assertEqual(status, 200, page)
        return json.loads(page)
