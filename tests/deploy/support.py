"""What the tests share: where things are, the program, and files as data."""

import os
import pathlib
import re
import subprocess
import tempfile
import unittest

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCKER = ROOT / "docker"
BIN = pathlib.Path(os.environ["PORTICO_TESTS_BIN"])
SIM_KEY = ROOT / "tests/okta-sim/keys/client-es.pem"


def text(path: pathlib.Path) -> str:
    return path.read_text(encoding="utf-8")


def documents(path: pathlib.Path) -> list[dict]:
    return list(yaml.safe_load_all(text(path)))


def version() -> str:
    return re.search(r'^version = "(.*)"', text(ROOT / "Cargo.toml"), re.MULTILINE)[1]


def seconds(duration: str) -> int:
    return int(re.fullmatch(r"(\d+)s", duration)[1])


def drain_delay(settings: dict) -> int:
    """ops.drain_delay of a settings file, else its default as docs/settings.md has it."""
    documented = re.search(r"^\| `drain_delay` \| [^|]+\| `\"(\d+s)\"`", text(ROOT / "docs/settings.md"), re.MULTILINE)[1]
    return seconds(settings.get("ops", {}).get("drain_delay", documented))


# How long requests may take after the drain, as docs/settings.md has it.
AFTER_THE_DRAIN = 30


class Case(unittest.TestCase):
    """A folder that is gone afterwards, and the program with settings as an operator would have them."""

    maxDiff = None

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def portico(self, *arguments: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess:
        return subprocess.run([BIN / "portico", *arguments], env={"PATH": os.environ["PATH"], **(env or {})},
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False, timeout=60)

    def in_place(self) -> dict[str, str]:
        """What an operator has to put in: an own org and client, and secrets, which are not where a container has them."""
        secrets = self.folder / "secrets"
        if not secrets.exists():
            secrets.mkdir()
            (secrets / "okta-private-key.pem").write_text(text(SIM_KEY), encoding="utf-8")
            (secrets / "portico-keys.toml").write_text(self.portico("keys", "new").stdout, encoding="utf-8")
            for name in ("admin-token", "store-password"):
                (secrets / name).write_text("a-secret-of-the-tests-only\n", encoding="utf-8")
            for file in secrets.iterdir():
                file.chmod(0o600)
        return {
            "PORTICO_OKTA__ORG_URL": "https://acme.okta.com",
            "PORTICO_OKTA__CLIENT_ID": "portico-key-es",
            "PORTICO_OKTA__PRIVATE_KEY_FILE": f"{secrets}/okta-private-key.pem",
            "PORTICO_STORE__KEYS_FILE": f"{secrets}/portico-keys.toml",
        }

    def in_place_for(self, settings: dict) -> dict[str, str]:
        env = self.in_place()
        secrets = self.folder / "secrets"
        if "password_file" in settings["store"]:
            env["PORTICO_STORE__PASSWORD_FILE"] = f"{secrets}/store-password"
        else:
            env["PORTICO_STORE__PATH"] = f"{self.folder}/portico.redb"
        if "admin_token_file" in settings.get("ops", {}):
            env["PORTICO_OPS__ADMIN_TOKEN_FILE"] = f"{secrets}/admin-token"
        return env


def commands_in(comment_of: pathlib.Path, program: str) -> list[list[str]]:
    """Each command in the comments of a file that runs PROGRAM's subcommand, as its words up to a redirection."""
    lines = [line.lstrip("#").strip() for line in text(comment_of).splitlines() if line.startswith("#")]
    joined = " ".join(lines).replace("\\ ", "")
    return [found.split() for found in re.findall(rf"{program} ((?:[^\s>]+ )+)>", joined)]
