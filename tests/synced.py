"""Shows with strace that the log is synced between each write and its acknowledgement.

Run from anywhere: python3 tests/synced.py [EXECUTABLE]
Needs Python 3.9 or newer, strace and the built executable. Closes with 'N passed, N failed'.
"""

import json
import re
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

from checks import Checks, executable, free_port, running

EVENTS = 20
CALLS = "trace=pwrite64,pwritev,write,writev,sendto,sendmsg,fdatasync,fsync"
# `PID call(FD<path or socket>, …) = result`, as strace -f -y prints it.
LINE = re.compile(r"^(?P<pid>\d+)\s+(?P<call>\w+)\((?P<fd>\d+)<(?P<file>[^>]*)>.*= (?P<result>-?\d+)")
# Where another thread's call comes between, a line breaks off here and is resumed later.
BROKEN = re.compile(r"^(?P<pid>\d+) (?P<start>.*) <unfinished \.\.\.>$")
RESUMED = re.compile(r"^(?P<pid>\d+) +<\.\.\. \w+ resumed>(?P<end>.*)$")


def event(number):
    road = number // 2
    if number % 2 == 0:
        kind, data = "corridor.registered.v1", {"names": {"en": f"Road {road}"}}
    else:
        kind, data = "corridor.status_reported.v1", {"status": "open"}
    return {
        "specversion": "1.0",
        "type": kind,
        "subject": f"corridor/road-{road}",
        "time": "2026-01-01T00:00:00Z",
        "data": data,
    }


def post(url, key, body):
    request = urllib.request.Request(
        f"{url}/v1/events",
        json.dumps(body).encode(),
        {"Authorization": f"Bearer {key}", "Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.status


def whole_lines(trace):
    """The lines of a trace in order of return, those that were broken off put together."""
    broken = {}
    for line in trace.read_text().splitlines():
        if found := BROKEN.match(line):
            broken[found["pid"]] = f"{found['pid']} {found['start']}"
        elif found := RESUMED.match(line):
            yield broken.pop(found["pid"], "") + found["end"]
        else:
            yield line


def calls(trace):
    """What was called on files of the log and on sockets."""
    for line in whole_lines(trace):
        found = LINE.match(line)
        if not found or int(found["result"]) < 0:
            continue
        call, file = found["call"], found["file"]
        if file.endswith("/db"):
            yield "sync" if call in ("fdatasync", "fsync") else "write"
        elif "HTTP/1.1 201" in line:
            yield "acknowledge"


def main():
    checks = Checks()
    causeway = executable()
    with tempfile.TemporaryDirectory() as scratch:
        data, trace = Path(scratch) / "data", Path(scratch) / "trace"
        made = subprocess.run(
            [causeway, "keys", "create", "--org", "icrc", "--role", "reporter", "--data", data],
            check=True, capture_output=True, text=True)
        address = f"127.0.0.1:{free_port()}"
        url = f"http://{address}"
        command = ["strace", "-f", "-y", "-e", CALLS, "-s", "64", "-o", str(trace),
                   causeway, "serve", "--data", str(data), "--listen", address]
        with running(command, url):
            for number in range(EVENTS):
                status = post(url, made.stdout.strip(), event(number))
                checks.that(status == 201, f"event {number} was answered {status}")
        acknowledged, state = 0, "nothing"
        for call in calls(trace):
            if call == "acknowledge":
                acknowledged += 1
                checks.that(state == "sync", f"acknowledgement {acknowledged} follows a {state}, not a sync")
                state = "acknowledged"
            elif call == "write" or state == "write":
                # A sync counts only after a write that no acknowledgement has followed yet.
                state = call
        checks.that(acknowledged == EVENTS, f"{acknowledged} acknowledgements were seen, {EVENTS} expected")
    checks.close()


if __name__ == "__main__":
    if subprocess.run(["sh", "-c", "command -v strace"], capture_output=True).returncode:
        sys.exit("strace is not installed: on Debian, apt-get install strace")
    main()
