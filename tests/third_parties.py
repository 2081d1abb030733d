"""Checks the demonstration's log with other people's software, over HTTP and from a backup.

aics-tlog (Python) checks the checkpoint, every tile and entry, inclusion and consistency; the
original of Go's checksum database does the same where Go is installed; aics-witness cosigns, and
sees that an older copy of a log was put back.

Run from anywhere: python tests/third_parties.py [EXECUTABLE]
Needs Python 3.9 or newer with the packages of .ci/requirements.txt, and the built executable.
Closes with 'N passed, N failed'.
"""

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import aics_tlog

from checks import ROOT, Checks, executable, free_port, get, running

PROOFS = 1_000
# A proof over HTTP reads several tiles, each a request.
PROOFS_BY_API = 100
GO_PATH = Path("/usr/share/gocode")
WITNESSED_WITHIN_SECONDS = 30


def text(url, key=None):
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {key}"} if key else {})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.read()


def run(*command, **options):
    return subprocess.run(
        [str(part) for part in command], stdin=subprocess.DEVNULL, capture_output=True, text=True, **options)


class Remembering:
    """A reader of tiles that asks for each once."""

    def __init__(self, reader):
        self.reader, self.known = reader, {}

    def __getattr__(self, name):
        read = getattr(self.reader, name)
        if not callable(read):
            return read

        def once(*asked, **more):
            key = (name, asked, tuple(sorted(more.items())))
            if key not in self.known:
                self.known[key] = read(*asked, **more)
            return self.known[key]
        return once


def check_tiles(checks, where, reader, checkpoint, vkey):
    """Everything that aics-tlog can say of a log that is laid out as tiles."""
    head = aics_tlog.verify_checkpoint(aics_tlog.parse_note(checkpoint), aics_tlog.parse_vkey(vkey))
    checks.that(head.log_ok, f"{where}: the checkpoint is signed by the log: {head.error}")
    report = aics_tlog.audit_tiles(reader, head.size, head.root)
    checks.that(report is not None, f"{where}: every tile and every entry leads to the root")
    reader = Remembering(reader)
    chance = random.Random(1)
    for _ in range(PROOFS):
        index = chance.randrange(head.size)
        entry = aics_tlog.read_entry(reader, index, head.size)
        proof = aics_tlog.inclusion_proof_from_tiles(reader, index, head.size)
        checks.that(
            aics_tlog.verify_leaf_inclusion(entry, index, head.size, proof, head.root),
            f"{where}: entry {index} is in the log")
    for _ in range(PROOFS):
        older = chance.randrange(1, head.size + 1)
        root = aics_tlog.tree_root_from_tiles(reader, older, head.size)
        proof = aics_tlog.consistency_proof_from_tiles(reader, older, head.size)
        checks.that(
            aics_tlog.verify_consistency(older, head.size, root, head.root, proof),
            f"{where}: the log goes on from {older} entries")
    return head


def hashes(lines):
    return [aics_tlog.note.b64_decode(line) for line in lines]


def check_api(checks, url, head, vkey):
    """The proofs that the service makes itself."""
    chance = random.Random(2)
    events = get(f"{url}/v1/events?limit=500")["data"]
    for event in chance.sample(events, PROOFS_BY_API):
        shown = text(f"{url}/v1/events/{event['id']}").decode()
        entry = shown.replace(f',"sequence":"{event["sequence"]}"', "").encode()
        proof, checkpoint = text(f"{url}/v1/events/{event['id']}/proof").decode().split("\n\n", 1)
        header, index, *path = proof.split("\n")
        checks.that(header == "c2sp.org/tlog-proof@v1", f"a proof begins with {header}")
        index = int(index.removeprefix("index "))
        verified = aics_tlog.verify_checkpoint(aics_tlog.parse_note(checkpoint), aics_tlog.parse_vkey(vkey))
        checks.that(
            verified.log_ok and aics_tlog.verify_leaf_inclusion(
                entry, index, verified.size, hashes(path), verified.root),
            f"the proof file of {event['id']} convinces")
    for _ in range(PROOFS_BY_API):
        older = chance.randrange(head.size + 1)
        newer = chance.randrange(older, head.size + 1)
        shown = get(f"{url}/v1/log/consistency?from={older}&to={newer}")
        [before], [after] = hashes([shown["from"]["root"]]), hashes([shown["to"]["root"]])
        checks.that(
            aics_tlog.verify_consistency(older, newer, before, after, hashes(shown["hashes"])),
            f"the service shows that {newer} entries go on from {older}")


def check_with_go(checks, backup, vkey):
    if not shutil.which("go") or not (GO_PATH / "src/golang.org/x/mod/sumdb").is_dir():
        print("Go's original is not installed, so it has not checked anything: "
              "apt-get install golang-go golang-golang-x-mod-dev")
        return
    with tempfile.TemporaryDirectory() as cache:
        go = {**os.environ, "GO111MODULE": "off", "GOPATH": str(GO_PATH), "GOCACHE": cache, "GOFLAGS": ""}
        checked = run("go", "run", ROOT / "tests/sumdb/main.go", backup, vkey, PROOFS, env=go)
    said = checked.stdout.strip()
    checks.that(
        checked.returncode == 0 and said == f"{PROOFS} inclusions, {PROOFS} consistencies",
        f"Go's original finds the backup sound: {said} {checked.stderr}")


def check_demonstration(checks, causeway, scratch):
    address = f"127.0.0.1:{free_port()}"
    url = f"http://{address}"
    with running([causeway, "demo", "--listen", address, "--data", str(scratch / "demo")], url):
        events = get(f"{url}/v1/events?limit=1")["as_of"]["position"] + 1
        checks.that(
            eventually(lambda: get(f"{url}/v1/log")["signed"]["size"] == events),
            "what is recorded is soon signed")
        checkpoint = text(f"{url}/log/checkpoint")
        [vkey] = get(f"{url}/v1/log")["keys"]
        reader = aics_tlog.HttpTileReader(f"{url}/log", proxies={})
        head = check_tiles(checks, "over HTTP", reader, checkpoint, vkey)
        checks.that(head.size == events, f"the checkpoint has {head.size} entries of {events}")
        check_api(checks, url, head, vkey)
        backup = scratch / "backup"
        made = run(causeway, "backup", "--url", url, backup)
        checks.that(made.returncode == 0, f"the backup is made: {made.stderr}")
        reader = aics_tlog.FileSystemTileReader(backup)
        check_tiles(checks, "from a backup", reader, (backup / "checkpoint").read_bytes(), vkey)
        check_with_go(checks, backup, vkey)


def post(url, key, name):
    event = {
        "specversion": "1.0", "type": "corridor.registered.v1", "subject": f"corridor/{name}",
        "time": "2026-01-01T00:00:00Z", "data": {"names": {"en": name}},
    }
    request = urllib.request.Request(
        f"{url}/v1/events", json.dumps(event).encode(),
        {"Authorization": f"Bearer {key}", "Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def eventually(fine):
    give_up = time.monotonic() + WITNESSED_WITHIN_SECONDS
    while time.monotonic() < give_up:
        if found := fine():
            return found
        time.sleep(0.05)
    return None


class Witness:
    """aics-witness on loopback, as its own command runs it."""

    def __init__(self, scratch):
        self.config, self.port = scratch / "witness.json", free_port()
        self.command = Path(sys.executable).parent / "aics-witness"
        made = run(self.command, "init", "--config", self.config, "--name", "witness.example/w1",
                   "--listen", f"127.0.0.1:{self.port}", check=True)
        self.vkey = made.stdout.strip()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = None

    def knows(self, origin, vkey):
        run(self.command, "add-log", "--config", self.config, "--origin", origin, "--vkey", vkey, check=True)

    def start(self):
        self.process = subprocess.Popen(
            [self.command, "serve", "--config", self.config], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        # It listens as soon as it answers anything.
        eventually(self.answers)

    def answers(self):
        try:
            text(self.url)
        except urllib.error.HTTPError:
            return True
        except (urllib.error.URLError, ConnectionError):
            return False
        return True

    def stop(self):
        self.process.terminate()
        self.process.wait(30)


def check_witness(checks, causeway, scratch):
    data, older = scratch / "data", scratch / "older"
    made = run(causeway, "keys", "create", "--org", "icrc", "--role", "reporter", "--data", data, check=True)
    key, witness = made.stdout.strip(), Witness(scratch)
    address = f"127.0.0.1:{free_port()}"
    url, origin = f"http://{address}", "log.example/witnessed"
    serve = [causeway, "serve", "--data", str(data), "--listen", address, "--origin", origin,
             "--witness", f"{witness.vkey} {witness.url}"]

    def cosigned(size):
        note = aics_tlog.parse_note(text(f"{url}/log/checkpoint"))
        [vkey] = get(f"{url}/v1/log")["keys"]
        verified = aics_tlog.verify_checkpoint(
            note, aics_tlog.parse_vkey(vkey), [aics_tlog.parse_vkey(witness.vkey)], 1)
        return verified.ok and verified.size == size

    with running(serve, url):
        checks.that(post(url, key, "first") == 201, "a witness that is down delays nothing")
        [vkey] = get(f"{url}/v1/log")["keys"]
        witness.knows(origin, vkey)
        witness.start()
        checks.that(eventually(lambda: cosigned(1)), "a witness that comes up signs what there is")
        checks.that(post(url, key, "second") == 201, "the second event is recorded")
        checks.that(eventually(lambda: cosigned(2)), "and goes on signing")
    shutil.copytree(data, older)
    with running(serve, url):
        checks.that(post(url, key, "third") == 201, "the log goes on after a restart")
        checks.that(eventually(lambda: cosigned(3)), "and so does the witness")
    shutil.rmtree(data)
    older.rename(data)
    # Nothing in the older folder tells that it is older: the witness does.
    process = subprocess.Popen(
        serve, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def unready():
        try:
            text(f"{url}/readyz")
        except urllib.error.HTTPError as error:
            return json.load(error)
        except (urllib.error.URLError, ConnectionError):
            return None
        return {"detail": "it is ready"}

    said = eventually(unready) or {"detail": "nothing"}
    checks.that("has seen 3 entries" in said["detail"], f"an older folder is refused: {said['detail']}")
    checks.that(post(url, key, "fork") == 503, "and nothing is recorded in it")
    process.terminate()
    checks.that(process.wait(30) == 0, "and it ends in good order")
    witness.stop()


def main():
    checks = Checks()
    causeway = executable()
    with tempfile.TemporaryDirectory() as scratch:
        check_demonstration(checks, causeway, Path(scratch))
        check_witness(checks, causeway, Path(scratch))
    checks.close()


if __name__ == "__main__":
    main()
