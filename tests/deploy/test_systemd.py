"""The unit for systemd, by systemd's own tools, and what it forbids against what a real run does."""

import re
import shutil
import signal
import subprocess

from support import AFTER_THE_DRAIN, BIN, DOCKER, ROOT, Case, drain_delay, text

UNIT = DOCKER / "systemd/portico.service"


def values(key: str) -> list[str]:
    return re.findall(rf"^{key}=(.*)$", text(UNIT), re.MULTILINE)


def system_calls(name: str) -> set[str]:
    """The members of a set such as @system-service."""
    listed = subprocess.run(["systemd-analyze", "syscall-filter", name], check=True, stdout=subprocess.PIPE, text=True).stdout
    members: set[str] = set()
    for line in map(str.strip, listed.splitlines()[1:]):
        if line.startswith("@"):
            members |= system_calls(line)
        elif line and not line.startswith("#"):
            members.add(line)
    return members


def allowed_system_calls() -> set[str]:
    allowed: set[str] = set()
    for line in values("SystemCallFilter"):
        without, names = line.startswith("~"), line.removeprefix("~").split()
        for name in names:
            members = system_calls(name) if name.startswith("@") else {name}
            allowed = allowed - members if without else allowed | members
    return allowed


class Systemd(Case):
    def test_systemd_reads_it(self):
        root = self.folder / "root"
        for program in ("usr/local/bin/portico", "bin/kill"):
            (root / program).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy("/bin/true", root / program)
        # With the units of this machine, where "network-online.target" is.
        for folder in ("usr/lib/systemd", "lib/systemd"):
            if not (root / folder).exists():
                (root / folder).parent.mkdir(parents=True, exist_ok=True)
                shutil.copytree("/lib/systemd/system", root / folder / "system", symlinks=True)
        (root / "etc/systemd/system").mkdir(parents=True)
        shutil.copy(UNIT, root / "etc/systemd/system")
        read = subprocess.run(["systemd-analyze", "verify", f"--root={root}", "portico.service"], text=True, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        complaints = [line for line in read.stdout.splitlines() if "portico" in line]
        self.assertEqual((read.returncode, complaints), (0, []), read.stdout)

    def test_its_exposure_is_what_the_docs_say(self):
        said = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager", UNIT], check=True, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout
        level = re.search(r"Overall exposure level for portico.service: ([\d.]+) OK", said)[1]
        docs = " ".join(text(ROOT / "docs/production.md").split())
        self.assertEqual(re.findall(r"exposure level of ([\d.]+)", docs), [level])

    def test_memory_is_tuned_and_limited_as_in_the_image(self):
        [image] = re.findall(r"^ENV (GLIBC_TUNABLES=\S+)$", text(DOCKER / "Dockerfile"), re.MULTILINE)
        self.assertIn(image, values("Environment"))
        compose = text(DOCKER / "compose.yaml")
        [memory], [tasks] = values("MemoryMax"), values("TasksMax")
        self.assertIn(f"mem_limit: {memory.lower()}\n", compose)
        self.assertIn(f"pids_limit: {tasks}\n", compose)

    def test_a_stop_waits_for_the_drain(self):
        [stop] = values("TimeoutStopSec")
        self.assertEqual(int(stop), drain_delay({}) + AFTER_THE_DRAIN)

    def test_a_wrong_setting_does_not_restart_it_for_ever(self):
        wrong = self.portico("serve", "--config", str(self.folder / "portico.toml"))
        self.assertEqual(values("RestartPreventExitStatus"), [str(wrong.returncode)])

    def test_the_store_is_in_its_state_directory(self):
        [folder] = values("StateDirectory")
        self.assertIn(f'`"/var/lib/{folder}/portico.redb"`', text(ROOT / "docs/settings.md"))

    def test_what_it_forbids_is_not_done_from_start_to_stop(self):
        # Nobody is there, so every call fails, as far as it gets.
        env = self.in_place() | {"PORTICO_OKTA__ORG_URL": "https://localhost:9"}
        settings = self.folder / "portico.toml"
        settings.write_text(f"""
            public_url = "https://portal.example.com/auth"
            listen = "127.0.0.1:8080"
            okta.client_auth = "private_key_jwt"
            store.path = "{self.folder}/portico.redb"
            ops.drain_delay = "0s"
        """)
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        trace = self.folder / "trace"
        running = subprocess.Popen(
            ["strace", "--follow-forks", "--quiet=all", f"--output={trace}", BIN / "portico", "serve", "--config", settings],
            env=env, stderr=subprocess.PIPE, text=True)
        self.addCleanup(lambda: (running.poll() is None and running.kill(), running.wait(), running.stderr.close()))
        for line in running.stderr:
            if "listening" in line:
                break
        else:
            self.fail("it does not start")
        for path in ("auth/sign-in", "auth/session", "auth/account"):
            subprocess.run(["curl", "--silent", "--header", "Host: portal.example.com", "--output", "/dev/null",
                            f"http://127.0.0.1:8080/{path}"], check=True)
        subprocess.run(["curl", "--silent", "--output", "/dev/null", "http://127.0.0.1:9464/metrics"], check=True)
        [child] = text_of(f"/proc/{running.pid}/task/{running.pid}/children").split()
        subprocess.run(["kill", f"-{signal.SIGTERM}", child], check=True)
        self.assertEqual(running.wait(60), 0)
        calls = re.findall(r"^\d+ +(\w+)\((.*)", trace.read_text(errors="replace"), re.MULTILINE)
        used = {name for name, _ in calls}
        self.assertIn("accept4", used)
        self.assertEqual(used - allowed_system_calls(), set())
        # MemoryDenyWriteExecute
        both = [arguments for name, arguments in calls
                if name in ("mmap", "mprotect") and "PROT_WRITE" in arguments and "PROT_EXEC" in arguments]
        self.assertEqual(both, [])
        [families] = values("RestrictAddressFamilies")
        opened = {arguments.split(",")[0] for name, arguments in calls if name in ("socket", "socketpair")}
        self.assertTrue(opened)
        self.assertEqual(opened - set(families.split()), set())


def text_of(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        return file.read()
