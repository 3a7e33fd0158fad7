"""The compose files: what each of them has to say."""

import ipaddress
import json
import re
import subprocess
import tomllib

import jsonschema
import yaml

from support import AFTER_THE_DRAIN, BIN, DOCKER, ROOT, Case, drain_delay, seconds, text, version

FILES = sorted(DOCKER.glob("**/compose*.yaml"))
# How the proxy in front is called, for each set-up that has one.
PROXIES = {"caddy": "caddy", "haproxy": "haproxy"}
# Capabilities that an image cannot start without.
CAPABILITIES = {"caddy": ["NET_BIND_SERVICE"]}
# Services whose image has a user of its own that is not root, or that need root for files of theirs.
USERS = {"caddy": None, "haproxy": None, "valkey": "999:999"}


def read(path) -> dict:
    return yaml.safe_load(text(path))


def settings_of(name: str) -> dict:
    return tomllib.loads(text(DOCKER / name / "portico.toml"))


class Compose(Case):
    def services(self):
        for path in FILES:
            for name, service in read(path)["services"].items():
                with self.subTest(file=str(path.relative_to(ROOT)), service=name):
                    yield path, name, service

    def test_each_file_is_one_of_compose(self):
        schema = json.loads(text(ROOT / "target/wheels/check-jsonschema/check_jsonschema/builtin_schemas/vendor/compose-spec.json"))
        self.assertEqual(len(FILES), 4)
        for path in FILES:
            with self.subTest(file=str(path)):
                jsonschema.Draft7Validator(schema).validate(read(path))

    def test_every_service_is_confined(self):
        found = 0
        for _, name, service in self.services():
            found += 1
            self.assertIs(service["read_only"], True)
            self.assertEqual(service["cap_drop"], ["ALL"])
            self.assertEqual(service.get("cap_add", []), CAPABILITIES.get(name, []))
            self.assertEqual(service["security_opt"], ["no-new-privileges:true"])
            self.assertEqual(service.get("user"), USERS.get(name, "65532:65532"))
            self.assertEqual(service["ulimits"], {"core": 0})
            # The memory that docs/production.md reckons with.
            self.assertEqual(service["mem_limit"], "256m")
            self.assertEqual(service["pids_limit"], 128)
            self.assertNotIn("privileged", service)
            self.assertNotEqual(service.get("network_mode"), "host")
        self.assertGreater(found, 9)

    def test_images_are_pinned(self):
        for path, _, service in self.services():
            image = service["image"]
            self.assertNotIn(".", image.split("/")[0].split(":")[0], "a registry's host has no business here")
            if "build" in service:
                context = (path.parent / service["build"]["context"]).resolve()
                self.assertEqual(context, ROOT)
                self.assertTrue((context / service["build"]["dockerfile"]).is_file())
                if path.parent != DOCKER:
                    self.assertEqual(image, f"portico:{version()}")
            else:
                self.assertRegex(image, r":\d+\.\d+")

        self.assertEqual(set(re.findall(r"portico:(\d+\.\d+\.\d+)", text(DOCKER / "secrets.sh"))), {version()})

    def test_the_docs_trust_the_gateway_of_the_network_that_they_create(self):
        docs = text(ROOT / "docs/production.md")
        [(subnet, gateway, name)] = re.findall(r"docker network create --subnet (\S+) --gateway (\S+) (\S+)", docs)
        self.assertIn(ipaddress.ip_address(gateway), ipaddress.ip_network(subnet))
        self.assertIn(f"--network {name} --publish 127.0.0.1:8080:8080 ", docs)
        self.assertIn(f'`limits.trusted_proxies = ["{gateway}"]`', docs)

    def test_networks_do_not_overlap(self):
        docs = text(ROOT / "docs/production.md")
        subnets = re.findall(r"docker network create --subnet (\S+)", docs)
        for path in FILES:
            for network in read(path).get("networks", {}).values():
                subnets += [pool["subnet"] for pool in (network or {}).get("ipam", {}).get("config", [])]
        networks = [ipaddress.ip_network(subnet) for subnet in subnets]
        self.assertEqual(len(networks), 4)
        for at, network in enumerate(networks):
            self.assertFalse([other for other in networks[at + 1:] if network.overlaps(other)])

    def test_only_a_proxy_is_published(self):
        for path, name, service in self.services():
            published = service.get("ports", [])
            if path.parent == DOCKER:
                for port in published:
                    # What is for trying out is for this machine alone, under the numbers that it knows itself by.
                    self.assertRegex(port, r"^127\.0\.0\.1:(\d+):\1$")
            elif name in PROXIES:
                self.assertIn("0.0.0.0:443:443", published)
            else:
                self.assertEqual(published, [])

    def test_what_is_mounted_is_there_or_made_by_the_steps(self):
        ignored = text(ROOT / ".gitignore").split()
        for path, _, service in self.services():
            steps = " ".join(line for line in text(path).splitlines() if line.startswith("#"))
            for volume in service.get("volumes", []):
                source, target, *mode = volume.split(":")
                if not source.startswith("."):
                    self.assertIn(source, read(path)["volumes"])
                    continue
                self.assertEqual(mode, ["ro"], volume)
                file = (path.parent / source).resolve()
                if not file.exists():
                    kept_out = str(file.relative_to(ROOT)).split("/secrets")[0]
                    self.assertTrue({f"/{kept_out}", f"/{kept_out}/", "/docker/*/secrets/"} & set(ignored), volume)
                    self.assertIn(file.name if file.suffix != ".acl" else "secrets valkey", steps, volume)

    def test_a_stop_waits_for_the_drain(self):
        found = 0
        for path, name, service in self.services():
            if path.parent == DOCKER or not name.startswith("portico"):
                continue
            found += 1
            self.assertEqual(seconds(service["stop_grace_period"]),
                             drain_delay(settings_of(path.parent.name)) + AFTER_THE_DRAIN)
        self.assertEqual(found, 4)

    def test_the_address_of_the_proxy_is_fixed_and_the_only_one_that_is_trusted(self):
        for folder, proxy in PROXIES.items():
            with self.subTest(folder=folder):
                file = read(DOCKER / folder / "compose.yaml")
                trusted = settings_of(folder)["limits"]["trusted_proxies"]
                address = file["services"][proxy]["networks"]["portico"]["ipv4_address"]
                self.assertEqual(trusted, [address])
                [pool] = file["networks"]["portico"]["ipam"]["config"]
                self.assertIn(ipaddress.ip_address(address), ipaddress.ip_network(pool["subnet"]))
                # Nobody else is ever given it, nor any other that is fixed.
                fixed = [
                    network["ipv4_address"]
                    for service in file["services"].values()
                    for network in service["networks"].values() if network
                ]
                self.assertEqual(len(fixed), len(set(fixed)))
                self.assertNotIn(ipaddress.ip_address(address), ipaddress.ip_network(pool["ip_range"]))

    def test_the_portal_reaches_neither_portico_nor_its_store(self):
        for folder, proxy in PROXIES.items():
            services = read(DOCKER / folder / "compose.yaml")["services"]
            inside = {name for name, service in services.items() if "portal" in service["networks"]}
            self.assertEqual(inside, {proxy})

    def test_the_store_is_reached_by_replicas_alone(self):
        file = read(DOCKER / "haproxy/compose.yaml")
        self.assertEqual(file["networks"]["store"], {"internal": True})
        inside = {name for name, service in file["services"].items() if "store" in service["networks"]}
        self.assertEqual(inside, {"valkey", "portico-1", "portico-2", "portico-3"})

    def test_haproxy_knows_every_replica(self):
        services = read(DOCKER / "haproxy/compose.yaml")["services"]
        listed = dict(re.findall(r"^    server (\S+) (\S+):8080$", text(DOCKER / "haproxy/replicas.cfg"), re.MULTILINE))
        self.assertEqual(listed, {
            name: service["networks"]["portico"]["ipv4_address"]
            for name, service in services.items() if name.startswith("portico-")
        })

    def test_the_hardening_is_the_same_in_each_file(self):
        own = {"restart", "logging"}
        blocks = [read(path)["x-hardened"] for path in FILES if "x-hardened" in read(path)]
        self.assertEqual(len(blocks), 3)
        first = {key: value for key, value in blocks[0].items() if key not in own | {"user"}}
        for block in blocks[1:]:
            self.assertEqual({key: value for key, value in block.items() if key not in own | {"user"}}, first)


class Secrets(Case):
    """docker/secrets.sh, as root."""

    def make(self, *arguments: str) -> str:
        made = subprocess.run(["sh", DOCKER / "secrets.sh", self.folder / "made", *arguments], check=False, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env={"PATH": "/usr/bin:/bin", "PORTICO": str(BIN / "portico")})
        self.assertEqual(made.returncode, 0, made.stderr)
        return made.stdout

    def test_they_are_for_portico_and_root_alone(self):
        self.make("valkey")
        made = self.folder / "made"
        owners = {file.name: (file.stat().st_uid, file.stat().st_gid, oct(file.stat().st_mode & 0o777))
                  for file in made.iterdir()}
        portico = (0, 65532, "0o440")
        self.assertEqual(owners, {"portico-keys.toml": portico, "admin-token": portico, "valkey-password": portico,
                                  "valkey.acl": (999, 999, "0o440")})
        self.assertGreaterEqual(len(text(made / "admin-token")), 40)
        self.assertNotEqual(text(made / "admin-token"), text(made / "valkey-password"))

    def test_the_embedded_store_needs_the_key_ring_alone(self):
        self.make()
        self.assertEqual([file.name for file in (self.folder / "made").iterdir()], ["portico-keys.toml"])

    def test_what_is_there_stays(self):
        self.make("valkey")
        before = {file.name: text(file) for file in (self.folder / "made").iterdir()}
        self.assertEqual(self.make("valkey").count("is there already"), 4)
        self.assertEqual({file.name: text(file) for file in (self.folder / "made").iterdir()}, before)
