"""Checks docker-compose.yml and Dockerfile without a Docker engine.

Run from anywhere: python3 tests/compose.py [EXECUTABLE]
Needs Python 3.9 or newer, the built executable and the packages in .ci/requirements.txt.

The compose file is held against the public compose schema, and against what it promises: no root,
nothing writable but the data, no capabilities. Every command that it or the image would run in the
service's container is run here, against the built executable, with the folder and the addresses of
this machine in the place of the container's. Building the image is not tried.
Closes with 'N passed, N failed'.
"""

import json
import re
import shlex
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

import yaml
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from checks import ROOT, Checks, executable, free_port, running

COMPOSE = ROOT / "docker-compose.yml"
DOCKERFILE = ROOT / "Dockerfile"
ROOTS = {"", "0", "root", "0:0", "root:root"}


def instruction(name):
    """The last Dockerfile instruction of this name, continuation lines joined."""
    text = DOCKERFILE.read_text().replace("\\\n", " ")
    return re.findall(rf"^\s*{name}\s+(.*)$", text, re.MULTILINE)[-1].strip()


def argv(text):
    """The arguments of an instruction in its JSON form, which needs no shell."""
    return json.loads(text[text.index("["):])


def seconds(text):
    return int(re.fullmatch(r"(\d+)s", text)[1])


class Machine:
    """This machine in the place of a container: its folder, its ports."""

    def __init__(self, causeway, folder):
        self.causeway = causeway
        self.folder = folder
        self.ports = {}

    def port(self, inside):
        return self.ports.setdefault(inside, free_port())

    def here(self, arguments):
        """The command as it is run here."""
        swapped = [re.sub(r"(?:0\.0\.0\.0|127\.0\.0\.1):(\d+)", lambda m: f"127.0.0.1:{self.port(m[1])}", one) for one in arguments]
        swapped = [re.sub(r"(^|=)/data\b", rf"\g<1>{self.folder}", one) for one in swapped]
        return [self.causeway, *swapped[1:]] if swapped[0] == "causeway" else [self.causeway, *swapped]

    def succeeds(self, arguments):
        command = self.here(arguments)
        return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=30).returncode == 0


def check_promises(checks, document):
    for name, service in document["services"].items():
        checks.that(str(service.get("user", "")) not in ROOTS, f"{name}: runs as root")
        checks.that(service.get("read_only") is True, f"{name}: its root file system is writable")
        checks.that(service.get("cap_drop") == ["ALL"], f"{name}: keeps capabilities")
        checks.that("no-new-privileges:true" in service.get("security_opt", []), f"{name}: may gain privileges")
        checks.that("/tmp" in service.get("tmpfs", []), f"{name}: no room for temporary files")
        for volume in service.get("volumes", []):
            checks.that(volume.split(":")[0] in document["volumes"], f"{name}: {volume} is no named volume")
        for port in service.get("ports", []):
            checks.that(port.startswith("127.0.0.1:"), f"{name}: {port} is open to the network")
        image = service["image"]
        checks.that(re.search(r":v?\d", image), f"{name}: {image} is not pinned")
    service = document["services"]["causeway"]
    checks.that(instruction("USER") == str(service["user"]), "the image and the compose file name different users")
    checks.that(argv(instruction("ENTRYPOINT")) == ["causeway"], "the image starts something else")
    for base in re.findall(r"^FROM (\S+)", DOCKERFILE.read_text(), re.MULTILINE):
        checks.that(re.search(r":\d", base), f"the image is built from {base}, which is not pinned")


def check_commands(checks, causeway, command, healthcheck, grace):
    """Runs the service twice on one folder, as a container that is replaced would."""
    shown = shlex.join(command)
    with tempfile.TemporaryDirectory() as scratch:
        machine = Machine(causeway, Path(scratch) / "data")
        checks.that(not machine.succeeds(healthcheck), f"{shlex.join(healthcheck)} is content before the service runs")
        for _ in range(2):
            here = machine.here(command)
            url = f"http://127.0.0.1:{machine.port('8080')}"
            with running(here, url):
                checks.that(machine.succeeds(healthcheck), f"{shlex.join(healthcheck)} fails beside {shown}")
                if any("metrics-listen" in one for one in command):
                    check_metrics(checks, machine)
        checks.that(not machine.succeeds(healthcheck), f"{shlex.join(healthcheck)} is content after the service ended")
    checks.that(grace >= 30, "the service may take 30 seconds to answer what it has accepted")


def check_metrics(checks, machine):
    """What Prometheus is told to scrape is there, in a form that its own library reads."""
    scraping = yaml.safe_load(yaml.safe_load(COMPOSE.read_text())["configs"]["prometheus"]["content"])
    for job in scraping["scrape_configs"]:
        for target in job["static_configs"][0]["targets"]:
            host, port = target.split(":")
            checks.that(host == "causeway", f"Prometheus scrapes {host}, which is no service")
            path = job.get("metrics_path", "/metrics")
            with urllib.request.urlopen(f"http://127.0.0.1:{machine.port(port)}{path}", timeout=10) as answer:
                families = list(text_string_to_metric_families(answer.read().decode()))
            checks.that(any(family.name.startswith("causeway_") for family in families), f"{target} has no figures of ours")


def main():
    checks = Checks()
    causeway = executable()
    validator = Path(sys.executable).with_name("check-jsonschema")
    outcome = subprocess.run(
        [validator, "--builtin-schema", "vendor.compose-spec", COMPOSE], capture_output=True, text=True)
    checks.that(outcome.returncode == 0, f"the compose schema: {outcome.stdout}{outcome.stderr}")

    document = yaml.safe_load(COMPOSE.read_text())
    check_promises(checks, document)
    service = document["services"]["causeway"]
    healthcheck = service["healthcheck"]["test"]
    checks.that(healthcheck[0] == "CMD", "the health check needs a shell")
    for port in service["ports"]:
        checks.that(any(one.endswith(f":{port.split(':')[-1]}") for one in service["command"]), f"nothing listens on {port}")
    check_commands(checks, causeway, service["command"], healthcheck[1:], seconds(service["stop_grace_period"]))
    check_commands(checks, causeway, argv(instruction("CMD")), argv(instruction("HEALTHCHECK")), 30)
    checks.close()


if __name__ == "__main__":
    main()
