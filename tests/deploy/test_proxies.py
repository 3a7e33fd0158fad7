"""The proxies' configurations: made by the steps in the compose files, then read by the proxies."""

import re
import subprocess
import tomllib

from support import DOCKER, Case, commands_in, text


def printed(case: Case, folder: str) -> list[str]:
    """What each `proxy-config` of the steps prints."""
    path = DOCKER / folder / "portico.toml"
    env = case.in_place_for(tomllib.loads(text(path)))
    out = []
    for words in commands_in(DOCKER / folder / "compose.yaml", "proxy-config"):
        said = case.portico("proxy-config", *words, "--config", str(path), env=env)
        case.assertEqual(said.returncode, 0, said.stderr)
        out.append(said.stdout)
    return out


class Configurations(Case):
    def accepts(self, *command: str) -> str:
        read = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
                              env={"PATH": "/usr/sbin:/usr/bin:/bin", "HOME": str(self.folder)})
        self.assertEqual(read.returncode, 0, read.stdout)
        return read.stdout

    def test_caddy(self):
        [portico] = printed(self, "caddy")
        (self.folder / "portico.caddy").write_text(portico)
        (self.folder / "Caddyfile").write_text(text(DOCKER / "caddy/Caddyfile"))
        self.accepts("caddy", "validate", "--adapter", "caddyfile", "--config", str(self.folder / "Caddyfile"))
        # The time that a body may take is the one that the printed configuration advises.
        advice = re.search(r"#\t\t\ttimeouts \{(.*?)#\t\t\t\}", portico, re.DOTALL)[1].replace("#", "").split()
        own = re.search(r"\t\ttimeouts \{(.*?)\n\t\t\}", text(DOCKER / "caddy/Caddyfile"), re.DOTALL)[1].split()
        self.assertEqual(own, advice)

    def test_haproxy(self):
        haproxy, lua = printed(self, "haproxy")
        self.assertIn("core.register_action", lua)
        place_haproxy(self.folder, haproxy, lua)
        said = self.accepts("haproxy", "-c", "-f", str(self.folder / "haproxy.cfg"), "-f", str(DOCKER / "haproxy/replicas.cfg"))
        self.assertNotIn("WARNING", said)
        # Its own questions and all else for Portico go to the port that leads to the replicas.
        port = re.search(r"^    bind (\S+)$", text(DOCKER / "haproxy/replicas.cfg"), re.MULTILINE)[1]
        asked = re.findall(r"(?:server portico |PORTICO_ASK http://)([\d.]+:\d+)", haproxy)
        self.assertEqual(set(asked), {port})


def place_haproxy(folder, haproxy: str, lua: str) -> None:
    """Writes what HAProxy reads, with a certificate, and with the paths of this folder instead of those in the container."""
    (folder / "tls").mkdir()
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/CN=portal.example.com", "-addext", "subjectAltName=DNS:portal.example.com",
                    "-keyout", folder / "key.pem", "-out", folder / "cert.pem"], check=True, stderr=subprocess.DEVNULL)
    (folder / "tls/portal.pem").write_text(text(folder / "cert.pem") + text(folder / "key.pem"))
    (folder / "portico.lua").write_text(lua)
    assert "/etc/ssl/portico/" in haproxy and "/etc/haproxy/portico.lua" in haproxy
    haproxy = haproxy.replace("/etc/ssl/portico/", f"{folder}/tls/").replace("/etc/haproxy/portico.lua", f"{folder}/portico.lua")
    (folder / "haproxy.cfg").write_text(haproxy)
