"""docker/caddy without containers: its settings and its Caddy configuration, and a Portico that restarts.

What is adapted: where files, Okta, Portico and the portal are, and that Caddy makes its certificate itself.
"""

import signal
import threading
import time
import tomllib

import yaml

from browser import Browser
from scene import CUSTOMER, PUBLIC, Scene
from support import BIN, DOCKER, drain_delay, text
from test_proxies import printed

FOLDER = DOCKER / "caddy"
SETTINGS = FOLDER / "portico.toml"
CADDY = yaml.safe_load(text(FOLDER / "compose.yaml"))["services"]["caddy"]["networks"]["portico"]["ipv4_address"]
# Names in the containers' network, and addresses that stand for them here.
NAMES = {"portico:8080": "10.213.80.130:8080", "portal:3000": "10.213.80.131:3000"}
# Most of it is the start of the program, which a busy machine makes longer.
LONGEST_GAP = 5


class BehindCaddy(Scene):
    def setUp(self) -> None:
        super().setUp()
        portico, portal = (address.split(":") for address in NAMES.values())
        self.make_network(CADDY, [portico[0]], [portal[0]])
        settings = tomllib.loads(text(SETTINGS))
        self.env = self.in_place_for(settings) | self.start_okta() | {"PORTICO_LISTEN": ":".join(portico)}
        self.start_portico()
        self.start_portal(portal[0], int(portal[1]))
        self.start_caddy()
        root = self.folder / "data/caddy/pki/authorities/local/root.crt"
        self.eventually(root.exists)
        self.browser = Browser("127.0.0.1", CUSTOMER, str(root))
        self.eventually(self.shows_the_form)

    def start_portico(self) -> None:
        self.start("portico", BIN / "portico", "serve", "--config", SETTINGS, until="listening", env=self.env)

    def start_caddy(self) -> None:
        [configuration] = printed(self, "caddy")
        for name, address in NAMES.items():
            self.assertIn(name, configuration)
            configuration = configuration.replace(name, address)
        (self.folder / "portico.caddy").write_text(configuration)
        caddyfile = text(FOLDER / "Caddyfile")
        self.assertEqual(caddyfile.count("\n{\n"), 1)
        caddyfile = caddyfile.replace("\n{\n", "\n{\n\tlocal_certs\n\tskip_install_trust\n\tadmin off\n")
        (self.folder / "Caddyfile").write_text(caddyfile)
        self.start("caddy", "caddy", "run", "--adapter", "caddyfile", "--config", self.folder / "Caddyfile",
                   env={"HOME": str(self.folder), "XDG_DATA_HOME": str(self.folder / "data")})

    def test_a_restart_signs_nobody_out_and_is_soon_over(self):
        self.sign_in()
        stopped = self.processes["portico"]
        failed: list[float] = []
        served = 0

        def restart() -> None:
            stopped.wait()
            self.start_portico()

        restarting = threading.Thread(target=restart)
        restarting.start()
        began = time.monotonic()
        stopped.send_signal(signal.SIGTERM)
        while restarting.is_alive() or not served or failed and time.monotonic() < failed[-1] + 1:
            asked = time.monotonic()
            status, _, _ = self.browser.request("GET", f"{PUBLIC}/orders")
            if status == 200:
                served += 1
            else:
                # Portico is away. Nobody is let in, and nobody is sent to the form.
                self.assertEqual(status, 502)
                failed.append(asked)
        self.assertEqual(stopped.returncode, 0)
        gap = failed[-1] - failed[0] if failed else 0
        print(f"\nrequests failed for {gap * 1000:.0f} ms while Portico restarted; {served} were served", flush=True)
        self.assertLess(gap, LONGEST_GAP)
        if failed:
            self.assertGreater(failed[0] - began, drain_delay(tomllib.loads(text(SETTINGS))) - 0.5)
        self.visit()
