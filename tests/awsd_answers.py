"""Imports the Aid Worker Security Database and compares what the service answers with the table.

Run from anywhere: python3 tests/awsd_answers.py [EXECUTABLE]
Needs nothing but Python 3.9 or newer and the built executable. Closes with 'N passed, N failed'.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from checks import ROOT, Checks, executable, free_port, get, running

PAGE = 500


def script(name):
    return subprocess.run([sys.executable, ROOT / "tests" / name], check=True, capture_output=True, text=True).stdout


def all_pages(url, key):
    """Every item of a list, its pages followed."""
    items, cursor = [], ""
    while cursor is not None:
        answer = get(url + (f"&cursor={cursor}" if cursor else ""), key)
        items += answer["data"]
        cursor = answer["next"]
    return items


def main():
    checks = Checks()
    causeway = executable()
    counted = json.loads(script("awsd_counts.py"))
    with tempfile.TemporaryDirectory() as scratch:
        data = Path(scratch) / "data"
        events = Path(scratch) / "awsd.ndjson"
        events.write_text(script("awsd_events.py"), encoding="utf-8")
        made = subprocess.run(
            [causeway, "keys", "create", "--org", "awsd", "--role", "admin", "--data", data],
            check=True, capture_output=True, text=True)
        key = made.stdout.strip()
        checks.that(key and len(key.split()) == 1, "`keys create` prints the key alone on standard output")

        address = f"127.0.0.1:{free_port()}"
        url = f"http://{address}"
        with running([causeway, "serve", "--data", str(data), "--listen", address], url):
            for time in ("first", "second"):
                outcome = subprocess.run(
                    [causeway, "import", events, "--url", url, "--key", key], stdin=subprocess.DEVNULL,
                    capture_output=True, text=True)
                checks.that(outcome.returncode == 0, f"the {time} import ended with {outcome.returncode}: {outcome.stderr}")
                position = get(f"{url}/v1/events?order=desc&limit=1", key)["as_of"]["position"]
                checks.that(
                    position == counted["rows_in_table"] - 1,
                    f"after the {time} import the newest position is {position}, the table has {counted['rows_in_table']} rows")

            incidents = all_pages(f"{url}/v1/incidents?from=2023-01-01T00:00:00Z&category=VIO&limit={PAGE}", key)
            checks.that(len({one["id"] for one in incidents}) == len(incidents), "no incident is listed twice")
            times = [one["time"] for one in incidents]
            checks.that(times == sorted(times, reverse=True), "incidents are listed newest first")
            checks.that(len(incidents) == counted["incidents"], f"{len(incidents)} incidents, counted {counted['incidents']}")
            for harm in ("killed", "injured", "abducted", "detained"):
                total = sum(role[harm] or 0 for one in incidents for role in one["harm"])
                checks.that(total == counted[harm], f"{total} {harm}, counted {counted[harm]}")
    checks.close()


if __name__ == "__main__":
    main()
