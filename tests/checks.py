"""What the checks in Python share: counting what was right, and running the built executable.

Needs nothing but Python 3.9 or newer.
"""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
READY_WITHIN_SECONDS = 60
ENDED_WITHIN_SECONDS = 45


class Checks:
    """Counts what is right and says what is wrong, one line each."""

    def __init__(self):
        self.passed = 0
        self.failed = 0

    def that(self, fine, what):
        if fine:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED: {what}")
        return fine

    def close(self):
        """Prints the sum and ends the program, with 1 if anything failed."""
        print(f"{self.passed} passed, {self.failed} failed")
        sys.exit(1 if self.failed else 0)


def executable():
    """The executable named on the command line, else the one of the last build for tests."""
    return str(Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "target/debug/causeway").resolve())


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def running(command, url):
    """Runs the service until the block ends; gives the file with what it prints.

    It must be ready at `url` in time, and when it is told to end it must end well and in time.
    """
    with tempfile.NamedTemporaryFile("w+", suffix=".log") as printed:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=printed, stderr=subprocess.STDOUT, start_new_session=True)
        try:
            wait_until_ready(process, url, printed.name)
            yield printed.name
            os.killpg(process.pid, signal.SIGTERM)  # a tracer in front of it passes no signals on
            code = process.wait(ENDED_WITHIN_SECONDS)
            if code != 0:
                sys.exit(f"{command[0]} ended with {code} after SIGTERM:\n{Path(printed.name).read_text()}")
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def wait_until_ready(process, url, printed):
    give_up = time.monotonic() + READY_WITHIN_SECONDS
    while time.monotonic() < give_up:
        if process.poll() is not None:
            break
        with contextlib.suppress(urllib.error.URLError, ConnectionError):
            with urllib.request.urlopen(f"{url}/readyz", timeout=5):
                return
        time.sleep(0.05)
    sys.exit(f"{' '.join(process.args)} was not ready:\n{Path(printed).read_text()}")


def get(url, key=None):
    """The JSON that `url` answers."""
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {key}"} if key else {})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)
