"""Redis (or Valkey) with the knobs of the environment, and a load on it.

python store.py serve | ready | load; a load writes result.txt: whether all is there afterwards.
"""

import os
import shutil
import subprocess
import sys
import tempfile

PORT = "8097"
REQUESTS, CLIENTS = 10_000, 20
KINDS = "set,get,incr,lpush,hset"
# Settings that the environment has under their names in capitals, - as _.
SETTINGS = ("appendfsync", "save", "io-threads", "hz", "lazyfree-lazy-user-del")


def program(name):
    """Return the path of one of its programs, whatever it is called here."""
    found = shutil.which(f"redis-{name}") or shutil.which(f"valkey-{name}")
    if found is None:
        sys.exit(f"redis-{name} is not installed: apt-get install redis-server")
    return found


def serve():
    # STROP_SCRATCH is a folder on disk: in memory, syncing would cost nothing.
    folder = os.path.join(os.environ.get("STROP_SCRATCH") or tempfile.gettempdir(), "redis")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    command = [program("server"), "--port", PORT, "--bind", "127.0.0.1", "--dir", folder]
    command += ["--appendonly", "yes"]
    for name in SETTINGS:
        value = os.environ.get(name.upper().replace("-", "_"))
        if value is not None:
            command += [f"--{name}", {"never": ""}.get(value, value)]
    os.execv(command[0], command)


def ready():
    answer = subprocess.run([program("cli"), "-p", PORT, "ping"], capture_output=True, text=True)
    sys.exit(0 if "PONG" in answer.stdout else 1)


def load():
    pipeline = os.environ.get("PIPELINE", "1")
    asked = ["-n", str(REQUESTS), "-c", str(CLIENTS), "-P", pipeline, "-d", "64", "-r", "5000"]
    command = [program("benchmark"), "-p", PORT, *asked, "-t", KINDS, "-q"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"the load failed: {(done.stderr or done.stdout).strip()}")
    # Its keys are random; of the list it is known how long it is (a last pipeline may be longer).
    size = subprocess.run([program("cli"), "-p", PORT, "llen", "mylist"], capture_output=True, text=True)
    with open("result.txt", "w", encoding="utf-8") as file:
        file.write(f"asked for {KINDS}; all in the list: {int(size.stdout) >= REQUESTS}\n")


if __name__ == "__main__":
    {"serve": serve, "ready": ready, "load": load}[sys.argv[1]](*sys.argv[2:])
