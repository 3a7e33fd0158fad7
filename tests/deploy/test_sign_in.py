"""docker/haproxy without containers: its settings, its HAProxy configuration and its store's, with three replicas.

Everything runs in the network of this run, under the addresses of compose.yaml. What is adapted: the paths of files, where
Okta and the store are, and that each replica listens on its own address alone.
"""

import http.server
import json
import re
import signal
import subprocess
import threading
import time
import tomllib

import yaml

from browser import Browser, Forms
from support import BIN, DOCKER, Case, text
from test_proxies import Configurations, place_haproxy

FOLDER = DOCKER / "haproxy"
SETTINGS = FOLDER / "portico.toml"
SERVICES = yaml.safe_load(text(FOLDER / "compose.yaml"))["services"]
REPLICAS = {name: service["networks"]["portico"]["ipv4_address"]
            for name, service in SERVICES.items() if name.startswith("portico-")}
HAPROXY = SERVICES["haproxy"]["networks"]["portico"]["ipv4_address"]
FRONT = SERVICES["haproxy"]["networks"]["portal"]["ipv4_address"]
CUSTOMER = "198.51.100.7"
# A container in the same network that has no fixed address.
NEIGHBOUR = "10.213.81.129"
PUBLIC = "https://portal.example.com"


class SigningIn(Case):
    printed = Configurations.printed

    def setUp(self) -> None:
        super().setUp()
        self.log: dict[str, list[dict]] = {name: [] for name in REPLICAS}
        self.processes: dict[str, subprocess.Popen] = {}
        haproxy, lua = self.printed("haproxy")
        self.portal = re.search(r"server portal ([\d.]+):(\d+)", haproxy).groups()
        self.make_network()
        self.start_store()
        self.start("okta", BIN / "okta-sim", "--port", "8081", until="Issuer")
        for name in REPLICAS:
            self.start_replica(name)
        self.start_portal()
        place_haproxy(self.folder, haproxy, lua)
        self.start("haproxy", "haproxy", "-db", "-f", self.folder / "haproxy.cfg", "-f", FOLDER / "replicas.cfg")
        self.browser = Browser(FRONT, CUSTOMER, str(self.folder / "cert.pem"))
        self.eventually(self.shows_the_form)

    def shows_the_form(self) -> bool:
        self.assertIsNone(self.processes["haproxy"].poll(), "HAProxy has ended")
        try:
            return self.browser.request("GET", f"{PUBLIC}/auth/sign-in")[0] == 200
        except ConnectionRefusedError:
            return False

    def make_network(self) -> None:
        for address in (HAPROXY, FRONT, CUSTOMER, NEIGHBOUR, self.portal[0], *REPLICAS.values()):
            subprocess.run(["ip", "address", "replace", f"{address}/32", "dev", "lo"], check=True)
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        # Whoever connects to a replica without saying from where does so from HAProxy's address, as HAProxy's container.
        for address in REPLICAS.values():
            subprocess.run(["ip", "route", "replace", "local", address, "dev", "lo", "table", "local", "src", HAPROXY], check=True)

    def start(self, name: str, *command, until: str | None = None, env: dict[str, str] | None = None) -> None:
        """Runs a program until the end of the test; returns once it has said UNTIL."""
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                   env={"PATH": "/usr/sbin:/usr/bin:/bin", **(env or {})})
        self.processes[name] = process
        self.addCleanup(self.end, process)
        for line in process.stdout if until else ():
            if until in line:
                break
        else:
            if until:
                self.fail(f"{name} does not start")
        threading.Thread(target=self.read_log, args=(name, process), daemon=True).start()

    def end(self, process: subprocess.Popen) -> None:
        if process.poll() is None:
            process.kill()
        process.wait()

    def read_log(self, name: str, process: subprocess.Popen) -> None:
        with process.stdout as lines:
            for line in lines:
                if line.startswith("{"):
                    self.log.setdefault(name, []).append(json.loads(line))

    def start_store(self) -> None:
        subprocess.run(["sh", DOCKER / "secrets.sh", self.folder / "made", "valkey"], check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, env={"PATH": "/usr/bin:/bin", "PORTICO": str(BIN / "portico")})
        (self.folder / "data").mkdir()
        settings = text(FOLDER / "valkey.conf")
        for path, own in (("/run/secrets/", f"{self.folder}/made/"), ("dir /data", f"dir {self.folder}/data")):
            self.assertIn(path, settings)
            settings = settings.replace(path, own)
        (self.folder / "valkey.conf").write_text(settings)
        self.start("store", "redis-server", self.folder / "valkey.conf", until="Ready to accept connections")

    def start_replica(self, name: str) -> None:
        address, made = REPLICAS[name], self.folder / "made"
        env = self.in_place() | {
            "PORTICO_LISTEN": f"{address}:8080",
            "PORTICO_OPS__LISTEN": f"{address}:9464",
            "PORTICO_OPS__ADMIN_TOKEN_FILE": f"{made}/admin-token",
            "PORTICO_OKTA__ORG_URL": "http://localhost:8081",
            "PORTICO_STORE__URL": "redis://portico@127.0.0.1:6379",
            "PORTICO_STORE__KEYS_FILE": f"{made}/portico-keys.toml",
            "PORTICO_STORE__PASSWORD_FILE": f"{made}/valkey-password",
        }
        self.start(name, BIN / "portico", "serve", "--config", SETTINGS, until="listening", env=env)

    def start_portal(self) -> None:
        class Portal(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:  # noqa: N802
                body = json.dumps({name.lower(): value for name, value in self.headers.items()}).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_) -> None:
                pass

        portal = http.server.ThreadingHTTPServer((self.portal[0], int(self.portal[1])), Portal)
        threading.Thread(target=portal.serve_forever, daemon=True).start()
        self.addCleanup(lambda: (portal.shutdown(), portal.server_close()))

    def eventually(self, holds) -> None:
        until = time.monotonic() + 30
        while not holds():
            self.assertLess(time.monotonic(), until, "not within 30 s")
            time.sleep(0.05)

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
        return self.visit()

    def visit(self) -> dict[str, str]:
        status, _, page = self.browser.request("GET", f"{PUBLIC}/orders?page=2")
        self.assertEqual(status, 200, page)
        return json.loads(page)

    def test_a_customer_signs_in_and_replicas_come_and_go(self):
        told = self.sign_in()
        self.assertEqual(told["portico-email"], "password@example.com")
        self.assertEqual(told["x-forwarded-for"], CUSTOMER)
        self.assertNotIn("portico", told.get("cookie", ""))
        # A program that is not signed in gets no page to sign in.
        stranger = Browser(FRONT, CUSTOMER, str(self.folder / "cert.pem"))
        self.assertEqual(stranger.request("GET", f"{PUBLIC}/orders", navigate=False)[0], 401)
        # Each replica is asked, and each takes HAProxy's word for where the customer is.
        for name in REPLICAS:
            self.eventually(lambda: (self.visit(), self.questions(name))[1] > 0)
        for _ in range(3 * len(REPLICAS)):
            self.browser.request("GET", f"{PUBLIC}/auth/account")
        for name in REPLICAS:
            self.eventually(lambda: self.clients(name))
            self.assertEqual(self.clients(name), {"198.51.100.0/24"})

        # One stops, as in an upgrade: nobody notices.
        first, second, third = self.processes[list(REPLICAS)[0]], *list(REPLICAS)[1:]
        first.send_signal(signal.SIGTERM)
        served = 0
        while first.poll() is None:
            self.visit()
            served += 1
        self.assertEqual(first.returncode, 0)
        self.assertGreater(served, 10)
        # One breaks down: who is asked next answers.
        self.processes[second].kill()
        for _ in range(10):
            self.visit()
        # The last one breaks down, too: nobody is let in.
        self.processes[third].kill()
        self.processes[third].wait()
        self.assertEqual(self.browser.request("GET", f"{PUBLIC}/orders")[0], 503)

    def clients(self, name: str) -> set[str]:
        return {line["client"] for line in self.log[name] if "client" in line}

    def questions(self, name: str) -> int:
        """How many questions about requests a replica has answered."""
        metrics = subprocess.run(["curl", "--silent", "--fail", f"http://{REPLICAS[name]}:9464/metrics"], check=True,
                                 stdout=subprocess.PIPE, text=True).stdout
        return sum(int(count) for count in re.findall(r"^portico_verify_total{[^}]*} (\d+)$", metrics, re.MULTILINE))

    def test_nobody_but_haproxy_may_ask(self):
        self.sign_in()
        cookies = "; ".join(f"{name}={value}" for name, value in self.browser.cookies.items())
        question = ["--header", "Host: portal.example.com", "--header", f"Cookie: {cookies}",
                    "--header", "X-Forwarded-Method: GET", "--header", "X-Forwarded-Uri: /orders",
                    "--header", "X-Forwarded-Host: portal.example.com", "--header", "X-Forwarded-Proto: https",
                    "--header", f"X-Forwarded-For: {CUSTOMER}"]
        for address in REPLICAS.values():
            def ask(asker: str) -> str:
                return subprocess.run(["curl", "--silent", "--interface", asker, "--output", "/dev/null", "--write-out",
                                       "%{http_code}", *question, f"http://{address}:8080/auth/verify/haproxy"],
                                      check=True, stdout=subprocess.PIPE, text=True).stdout
            self.assertEqual(ask(HAPROXY), "200")
            self.assertEqual(ask(NEIGHBOUR), "400")
        for name in REPLICAS:
            self.eventually(lambda: [line for line in self.log[name] if "not in limits.trusted_proxies" in line["message"]])

    def test_the_settings_of_the_store_are_what_portico_asks_for(self):
        warnings = [line["message"] for name in REPLICAS for line in self.log[name] if line["level"] in ("WARN", "ERROR")]
        self.assertEqual([line for line in warnings if "Redis" in line], [])
        settings = tomllib.loads(text(SETTINGS))
        self.assertEqual(settings["store"]["url"], "redis://portico@valkey:6379")
        self.assertIn("valkey", SERVICES)
        # Without its password nobody gets in.
        said = subprocess.run(["redis-cli", "info"], check=False, stdout=subprocess.PIPE, text=True).stdout
        self.assertIn("NOAUTH", said)


del Configurations
