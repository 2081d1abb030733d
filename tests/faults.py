"""Lets system calls of the real service fail, one at a time, and looks what becomes of the record.

For each call on a file of the record (write, sync, rename) and each error (no space, input/output),
the first, the second, … of its kind fails, once or from then on. While it does, events are sent;
afterwards the service starts again without faults. Whatever was acknowledged has to be there, every
checkpoint that was served has to lead to the last one, and `causeway verify` has to find nothing.

Run from anywhere: python3 tests/faults.py [EXECUTABLE] [--all]
Needs Python 3.9 or newer, strace and the built executable. Prints a table of what happened and
closes with 'N passed, N failed'. With --all, each of the first eight calls of a thread fails, once or
from then on; without, the first fails once.
"""

import collections
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from checks import ROOT, Checks, free_port, get

EVENTS = 12
ANSWERED_WITHIN_SECONDS = 20
# The file, and the calls on it that can fail.
CALLS = {
    "log/db": ["pwrite64", "fdatasync"],
    "checkpoint.new": ["openat", "write", "fsync", "rename"],
    "tiles": ["openat", "write"],
    "": ["fsync"],  # the folder, after the checkpoint was renamed
}
ERRORS = ["ENOSPC", "EIO"]


def request(url, key=None, event=None):
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    body = None
    if event:
        headers["Content-Type"] = "application/json"
        body = json.dumps(event).encode()
    return urllib.request.urlopen(
        urllib.request.Request(url, body, headers), timeout=ANSWERED_WITHIN_SECONDS)


def event(number):
    return {
        "specversion": "1.0", "id": f"0192c7c8-6d2e-7a31-9d41-{number:012x}",
        "type": "corridor.status_reported.v1", "subject": "corridor/north",
        "time": "2026-01-01T00:00:00Z", "data": {"status": "open"},
    }


class Service:
    """The service over a folder, under strace where something is to fail."""

    def __init__(self, causeway, data, fault=None, trace=os.devnull, running=False):
        self.tracer = None
        self.url = f"http://127.0.0.1:{free_port()}"
        serve = [causeway, "serve", "--data", data, "--listen", self.url.removeprefix("http://")]
        self.strace = []
        if fault:
            file, call, error, when = fault
            path = data / file if file else data
            self.strace = ["strace", "-f", "-o", trace, "-P", path, "-e", f"trace={call}",
                           "-e", f"inject={call}:error={error}:when={when}"]
        self.is_running_first = running
        self.process = self.start([*([] if running else self.strace), *serve], subprocess.DEVNULL)

    @staticmethod
    def start(command, stderr):
        return subprocess.Popen(
            [str(part) for part in command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=stderr, start_new_session=True)

    def attach(self):
        """From now on calls fail; strace counts them for each thread."""
        self.tracer = self.start([*self.strace, "-p", str(self.process.pid)], subprocess.PIPE)
        self.tracer.stderr.readline()  # it says that it has attached

    def is_up(self):
        give_up = time.monotonic() + ANSWERED_WITHIN_SECONDS
        while time.monotonic() < give_up and self.process.poll() is None:
            with contextlib.suppress(urllib.error.URLError, ConnectionError):
                with request(f"{self.url}/livez"):
                    if self.is_running_first:
                        self.attach()
                    return True
            time.sleep(0.01)
        return False

    def end(self):
        """Ends in good order, or says that it did not."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(45)
            ended = True
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            ended = False
        if self.tracer:
            self.tracer.communicate(timeout=45)
        return ended


def send_all(service, key, start):
    """Sends events; gives those that were acknowledged, the refusals, and the checkpoints served."""
    acknowledged, refusals, served = [], collections.Counter(), {}
    for number in range(start, start + EVENTS):
        try:
            with request(f"{service.url}/v1/events", key, event(number)) as answer:
                acknowledged.append(json.load(answer)["id"])
        except urllib.error.HTTPError as error:
            refusals[json.load(error)["type"].rsplit("/")[-1]] += 1
        except (urllib.error.URLError, ConnectionError):
            refusals["no answer"] += 1
        with contextlib.suppress(urllib.error.URLError, ConnectionError):
            with request(f"{service.url}/log/checkpoint") as answer:
                _, size, root, *_ = answer.read().decode().split("\n")
                served[int(size)] = root
        # Every second time the checkpoint of this event is waited for, so that it is signed.
        if number % 2:
            with contextlib.suppress(urllib.error.URLError, ConnectionError):
                request(f"{service.url}/v1/events/{event(number)['id']}/proof", key).close()
    return acknowledged, refusals, served


def look(checks, causeway, data, told, fault):
    """Starts again without faults and compares with what was acknowledged and served."""
    acknowledged, served, key = told
    name = " ".join(fault)
    found = subprocess.run([causeway, "verify", "--data", data], capture_output=True, text=True)
    checks.that(found.returncode == 0, f"{name}: verify ends with {found.returncode}: {found.stdout}{found.stderr}")
    service = Service(causeway, data)
    if not checks.that(service.is_up(), f"{name}: it starts again"):
        service.end()
        return
    events = get(f"{service.url}/v1/events?limit=500", key)["data"]
    ids = collections.Counter(one["id"] for one in events)
    for one in acknowledged:
        checks.that(ids[one] == 1, f"{name}: the acknowledged event {one} is there {ids[one]} times")
    with request(f"{service.url}/v1/events", key, event(999)) as answer:
        checks.that(answer.status == 201, f"{name}: it records again")
    for size, root in served.items():
        shown = get(f"{service.url}/v1/log/consistency?from={size}")
        checks.that(shown["from"]["root"] == root, f"{name}: the checkpoint of {size} leads to the last one")
    checks.that(service.end(), f"{name}: it ends in good order")


def main():
    arguments = [one for one in sys.argv[1:] if one != "--all"]
    causeway = str(Path(arguments[0] if arguments else ROOT / "target/debug/causeway").resolve())
    whens = [f"{nth}{more}" for nth in range(1, 9) for more in ("", "+")] if "--all" in sys.argv else ["1"]
    checks, rows = Checks(), []
    with tempfile.TemporaryDirectory() as scratch:
        sound, data, trace = (Path(scratch) / name for name in ("sound", "data", "trace"))
        made = subprocess.run(
            [causeway, "keys", "create", "--org", "icrc", "--role", "admin", "--data", sound],
            check=True, capture_output=True, text=True)
        key = made.stdout.strip()
        service = Service(causeway, sound)
        checks.that(service.is_up(), "it starts")
        registered = {**event(0), "type": "corridor.registered.v1", "data": {"names": {"en": "North"}}}
        request(f"{service.url}/v1/events", key, registered).close()
        # Of 256 entries a tile is made, whose hash is kept: so that it is while calls fail.
        for number in range(1, 250):
            request(f"{service.url}/v1/events", key, event(number)).close()
        service.end()
        for when_it_fails in ("from the start", "while it runs"):
            for file, call in [(file, call) for file, calls in CALLS.items() for call in calls]:
                for error in ERRORS:
                    outcomes = collections.Counter()
                    for when in whens:
                        shutil.rmtree(data, ignore_errors=True)
                        shutil.copytree(sound, data)
                        fault = (file, call, error, when)
                        service = Service(causeway, data, fault, trace, when_it_fails == "while it runs")
                        if service.is_up():
                            acknowledged, refusals, served = send_all(service, key, 250)
                        else:
                            acknowledged, refusals, served = [], {"does not start": 1}, {}
                        checks.that(service.end(), f"{' '.join(fault)}: it ends in good order")
                        failed = trace.read_text().count("(INJECTED)")
                        told = ", ".join(sorted(refusals)) or "every event is acknowledged"
                        outcomes[told if failed else "it did not come to that call"] += 1
                        checks.that(failed or not when.startswith("1"), f"{' '.join(fault)}: nothing failed")
                        look(checks, causeway, data, (acknowledged, served, key), fault)
                    told = "; ".join(f"{what} ({count})" for what, count in sorted(outcomes.items()))
                    rows.append((f"`{file or 'the folder'}`", f"`{call}`", error, when_it_fails, told))
    print("| file | call | error | it fails | what clients are told (in so many runs) |\n|---|---|---|---|---|")
    for row in rows:
        print(f"| {' | '.join(row)} |")
    checks.close()


if __name__ == "__main__":
    if not shutil.which("strace"):
        sys.exit("strace is not installed: on Debian, apt-get install strace")
    main()
