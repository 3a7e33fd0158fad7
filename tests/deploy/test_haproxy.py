"""docker/haproxy without containers: its settings, its HAProxy configuration and its store's, with three replicas.

What is adapted: the paths of files, where Okta and the store are, and that each replica listens on its own address alone.
"""

import re
import signal
import subprocess
import tomllib

import yaml

from browser import Browser
from scene import CUSTOMER, PUBLIC, Scene
from support import BIN, DOCKER, text
from test_proxies import place_haproxy, printed

FOLDER = DOCKER / "haproxy"
SETTINGS = FOLDER / "portico.toml"
SERVICES = yaml.safe_load(text(FOLDER / "compose.yaml"))["services"]
REPLICAS = {name: service["networks"]["portico"]["ipv4_address"]
            for name, service in SERVICES.items() if name.startswith("portico-")}
HAPROXY = SERVICES["haproxy"]["networks"]["portico"]["ipv4_address"]
FRONT = SERVICES["haproxy"]["networks"]["portal"]["ipv4_address"]
# A container in the same network that has no fixed address.
NEIGHBOUR = "10.213.81.129"


class BehindHaproxy(Scene):
    def setUp(self) -> None:
        super().setUp()
        haproxy, lua = printed(self, "haproxy")
        portal, port = re.search(r"server portal ([\d.]+):(\d+)", haproxy).groups()
        self.make_network(HAPROXY, list(REPLICAS.values()), [FRONT, NEIGHBOUR, portal])
        self.start_store()
        self.okta = self.start_okta()
        for name in REPLICAS:
            self.start_replica(name)
        self.start_portal(portal, int(port))
        place_haproxy(self.folder, haproxy, lua)
        self.start("haproxy", "haproxy", "-db", "-f", self.folder / "haproxy.cfg", "-f", FOLDER / "replicas.cfg")
        self.browser = Browser(FRONT, CUSTOMER, str(self.folder / "cert.pem"))
        self.eventually(self.shows_the_form)

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

    def env_of(self, name: str) -> dict[str, str]:
        address, made = REPLICAS[name], self.folder / "made"
        return self.in_place() | self.okta | {
            "PORTICO_LISTEN": f"{address}:8080",
            "PORTICO_OPS__LISTEN": f"{address}:9464",
            "PORTICO_OPS__ADMIN_TOKEN_FILE": f"{made}/admin-token",
            "PORTICO_STORE__URL": "redis://portico@127.0.0.1:6379",
            "PORTICO_STORE__KEYS_FILE": f"{made}/portico-keys.toml",
            "PORTICO_STORE__PASSWORD_FILE": f"{made}/valkey-password",
        }

    def start_replica(self, name: str) -> None:
        self.start(name, BIN / "portico", "serve", "--config", SETTINGS, until="listening", env=self.env_of(name))

    def test_a_customer_signs_in_and_replicas_come_and_go(self):
        self.sign_in()
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

    def test_what_the_steps_check_finds_nothing_wrong(self):
        self.assertIn("check --online", text(FOLDER / "compose.yaml"))
        checked = self.portico("check", "--online", "--config", str(SETTINGS), env=self.env_of("portico-1"))
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)
        self.assertIn("Redis", checked.stdout)

    def test_the_settings_of_the_store_are_what_portico_asks_for(self):
        self.sign_in()
        warnings = [line["message"] for name in REPLICAS for line in self.log[name] if line["level"] in ("WARN", "ERROR")]
        self.assertEqual([line for line in warnings if "redis" in line.lower()], [])
        settings = tomllib.loads(text(SETTINGS))
        self.assertEqual(settings["store"]["url"], "redis://portico@valkey:6379")
        self.assertIn("valkey", SERVICES)
        # Without its password nobody gets in.
        said = subprocess.run(["redis-cli", "info"], check=False, stdout=subprocess.PIPE, text=True).stdout
        self.assertIn("NOAUTH", said)
