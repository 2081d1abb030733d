"""Runs the examples in README.md and docs/ against the demo and compares what they print.

Run from anywhere: python3 tests/documents.py [EXECUTABLE]
Needs Python 3.9 or newer, bash, curl, jq, node and the built executable.

An example stands in a fence marked `console`: a line that starts with `$ ` is a command, and goes on
where it ends in a backslash; what follows is what it prints. `…` stands for what differs from run to
run. The examples of one document run in order, in one shell, against one demo of their own. A fence
that has a name behind its language is a file, which is there under that name before they run.
The keys that the demo prints are there as READER_KEY, REPORTER_KEY, ASSESSOR_KEY, AUDITOR_KEY and
ADMIN_KEY. Closes with 'N passed, N failed'.
"""

import html
import os
import re
import subprocess
import tempfile
import urllib.request
from pathlib import Path

from checks import ROOT, Checks, executable, free_port, running

IN_THE_TEXT = "127.0.0.1:8080"
END = "__end_of_example__"
KEY = re.compile(r"\b(reader|reporter|assessor|auditor|admin)\b.*?\b(cw_[0-9a-f]+_[A-Za-z0-9_-]+)")


def examples(document):
    """Each command of a document with its line number and what it is to print."""
    found, inside = [], False
    for number, line in enumerate(document.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("```"):
            inside = line == "```console"
        elif inside and found and found[-1][1].endswith("\\") and not found[-1][2]:
            found[-1][1] += "\n" + line
        elif inside and line.startswith("$ "):
            found.append([number, line[2:], []])
        elif inside:
            found[-1][2].append(line)
    return [(number, command, "\n".join(expected)) for number, command, expected in found]


def files(document):
    """Each file that a document shows, by its name."""
    found, name = {}, ""
    for line in document.read_text(encoding="utf-8").splitlines():
        if line.startswith("```"):
            name = line.partition(" ")[2]
        elif name:
            found[name] = found.get(name, "") + line + "\n"
    return found


def is_like(printed, expected):
    pattern = ".*?".join(re.escape(part) for part in expected.split("…"))
    return re.fullmatch(pattern, printed, re.DOTALL) is not None


def check_document(checks, causeway, document):
    shown = document.relative_to(ROOT)
    todo = examples(document)
    if not todo:
        return
    with tempfile.TemporaryDirectory() as scratch:
        address = f"127.0.0.1:{free_port()}"
        with running([causeway, "demo", "--listen", address], f"http://{address}") as log:
            keys = {f"{role.upper()}_KEY": key for role, key in KEY.findall(Path(log).read_text())}
            path = f"{Path(causeway).parent}:{os.environ['PATH']}"
            environment = os.environ | keys | {"PATH": path, "LC_ALL": "C.UTF-8"}
            text = "".join(f"{command}\nprintf '%s\\n' {END}\n" for _, command, _ in todo)
            for name, content in files(document).items():
                (Path(scratch) / name).write_text(content, encoding="utf-8")
            script = Path(scratch) / "examples.sh"
            script.write_text(text.replace(IN_THE_TEXT, address), encoding="utf-8")
            outcome = subprocess.run(
                ["bash", script], stdin=subprocess.DEVNULL, env=environment, cwd=scratch,
                capture_output=True, text=True, timeout=300)
    printed = outcome.stdout.replace(address, IN_THE_TEXT).split(f"{END}\n")
    for (number, command, expected), got in zip(todo, printed):
        got = got.rstrip("\n")
        fine = is_like(got, expected)
        checks.that(fine, f"{shown}:{number}: {command}\n--- it says\n{expected}\n--- it printed\n{got}")
    if outcome.stderr:
        print(f"{shown}, standard error:\n{outcome.stderr}")


def check_problems(checks, causeway):
    """The table of problems in docs/API.md is the one that the service has."""
    address = f"127.0.0.1:{free_port()}"
    with running([causeway, "demo", "--listen", address], f"http://{address}"):
        with urllib.request.urlopen(f"http://{address}/problems", timeout=10) as answer:
            page = html.unescape(answer.read().decode())
    served = re.findall(r'<h2 id="([^"]+)">.*?<p>(.*?) \((\d+)\)\.</p>', page, re.DOTALL)
    rows = [f"| `{code}` | {status} | {title} |" for code, title, status in served]
    table = [line for line in (ROOT / "docs/API.md").read_text().splitlines() if re.match(r"\| `[a-z-]+` \| \d+ \|", line)]
    checks.that(rows, "the page with all problems cannot be read")
    checks.that(rows == table, "docs/API.md: the table of problems should be\n" + "\n".join(rows))


def main():
    checks = Checks()
    causeway = executable()
    documents = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    for document in documents:
        check_document(checks, causeway, document)
    checks.that(checks.passed + checks.failed > 0, "no document has an example")
    check_problems(checks, causeway)
    checks.close()


if __name__ == "__main__":
    main()
