"""Compares the Lachin record of the demo with the timeline that it was made from.

Run from anywhere: python3 tests/lachin_rows.py
Needs nothing but Python 3.9 or newer. Prints what is wrong, one line each, and closes with
'N passed, N failed'; the exit status is 1 if anything failed.
"""

import calendar
import csv
import json
import re
import sys
import uuid
from datetime import datetime, timedelta, timezone
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TIMELINE = ROOT / "tests/data/lachin/timeline.csv"
RECORD = ROOT / "crates/causeway/demo/lachin.ndjson"

LOCAL = timezone(timedelta(hours=4))
ORGANISATION = "/orgs/causeway-demo"
MEMBERS = (
    "specversion id source type subject time recordedtime dataclassification correlationid "
    "causationid data"
).split()
# `recordedtime` is later than the end of the stated publication period only here.
LIFTED = {
    "the day an announcement speaks of begins after its publication": {"LC025"},
    "a later statement whose day of publication is not known: the end of the record": {"LC194", "LC248"},
}
# Announcements are dated by the day on which they were made, not by the day they speak of.
ANNOUNCED_BEFORE = {"LC027": "2022-08-22", "LC029": "2022-08-29", "LC085": "2023-02-13"}
END_OF_RECORD = "2024-01-01"
SIGNATORIES = {
    "LC001": {"am-government", "az-government", "ru-government"},
    "LC009": {"am-government", "az-government"},
    "LC191": {"nk-authorities", "az-mod"},
    "LC198": {"az-delegation-yevlakh", "nk-delegation-yevlakh"},
    "LC116": {"icrc", "un-ocha"},
    "LC129": {"icrc", "un-ocha"},
    "LC106": {"icrc", "nk-health-ministry"},
    "LC107": {"nk-state-minister", "nk-infocenter"},
    "LC184": {"az-prosecutor-general", "az-interior-ministry", "az-state-security-service"},
    "LC238": {"nk-human-rights-defender", "am-government"},
}
NUMBERS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty"
).split()
CONVOY = "delivery/kornidzor-convoy-2023-07"
# What must stand beside each other, unreconciled: group, subject, path of the figure, figures.
COMPETING = [
    ("kornidzor_convoy, tonnes", [CONVOY], "relief-goods", {"361", "400"}),
    ("kornidzor_convoy, lorries", [CONVOY], "trucks", {"19", "22", "29"}),
    ("kornidzor_convoy, whole queue", [CONVOY], "whole-queue", {"39"}),
    ("az_fuel_20230923, petrol", ["delivery/az-fuel-2023-09-23"], "petrol", {"24", "40"}),
    ("az_fuel_20230923, diesel", ["delivery/az-fuel-2023-09-23"], "diesel", {"24", "40"}),
    ("az_fuel_20230926, petrol", ["delivery/az-fuel-2023-09-26"], "petrol", {"30", "38"}),
    ("fuel_blast", ["incident/fuel-depot-2023-09-25"], "killed", {"20", "68", "218", "238"}),
    ("children_return", ["movement/children-return-2023-01-17"], "persons", {"16", "19"}),
    ("exodus", ["movement/exodus-2023-09"], "persons",
     {"1050", "1510", "2906", "28120", "42500", "50243", "65036", "66500", "70500", "76407", "78354",
      "68386", "84770", "97735", "98625", "100417", "100514", "100617"}),
]

passed = 0
failures = []


def check(fine, what):
    global passed
    if fine:
        passed += 1
    else:
        failures.append(what)


def instant(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def end_of(period, day):
    """The last second of a day, month or year at +04:00; of `day` where no period is stated."""
    parts = [int(part) for part in (period or day).split("-")]
    year, month = parts[0], parts[1] if len(parts) > 1 else 12
    date = parts[2] if len(parts) > 2 else calendar.monthrange(year, month)[1]
    return datetime(year, month, date, 23, 59, 59, tzinfo=LOCAL)


def actors_named(value):
    """Every actor id in `data`, wherever it stands."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if isinstance(inner, str) and name in (
                "by", "relayed_by", "imposed_by", "controlled_by", "organisation", "authority", "actor", "part_of"
            ):
                yield inner
            else:
                yield from actors_named(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from actors_named(inner)


def figures(text):
    """The numbers in a text: digits without thousands separators, and words up to twenty."""
    digits = {n.rstrip(".") for n in re.findall(r"\d+(?:\.\d+)?", re.sub(r"(?<=\d),(?=\d{3})", "", text))}
    words = set(re.findall(r"[a-z]+", text.lower()))
    return digits | {str(number) for number, word in enumerate(NUMBERS) if word in words}


def without_places(value):
    """`data` without sources, places and times, whose digits are no figures of the row."""
    aside = {"source", "place", "counting_point", "from", "to", "destination", "origin", "checkpoint", "starts", "ends", "denies"}
    if isinstance(value, dict):
        return {name: without_places(inner) for name, inner in value.items() if name not in aside}
    return [without_places(inner) for inner in value] if isinstance(value, list) else value


def figure_of(event, what):
    """The values that an event gives for a line, a role or a count."""
    data = event["data"]
    if what == "trucks":
        return {str(data["trucks"])} if "trucks" in data else set()
    if what == "persons":
        return {str(data["persons"])} if "persons" in data else set()
    if what == "killed":
        return {str(sum(h.get("killed", 0) for h in data["harm"]))} if "harm" in data else set()
    lines = data.get("consignment", []) + data.get("lines", [])
    return {line["quantity"]["value"] for line in lines if line["line"] == what}


def read():
    with open(TIMELINE, encoding="utf-8", newline="") as file:
        rows = {row["row_id"]: row for row in csv.DictReader(file)}
    events = []
    for number, line in enumerate(RECORD.read_text(encoding="utf-8").splitlines(), 1):
        try:
            events.append(json.loads(line))
            check(True, "")
        except ValueError as error:
            check(False, f"line {number} is not JSON: {error}")
    return rows, events


def check_envelopes(rows, events):
    ids, before = set(), ""
    for number, event in enumerate(events, 1):
        at = f"line {number} ({event.get('correlationid', '-')}, {event['type']})"
        check(list(event) == [m for m in MEMBERS if m in event], f"{at}: unexpected members or order: {list(event)}")
        check(event["specversion"] == "1.0", f"{at}: specversion is not 1.0")
        check(event["source"] == ORGANISATION, f"{at}: source is {event['source']}")
        check(event["dataclassification"] == "public", f"{at}: not public")
        check(str(uuid.UUID(event["id"])) == event["id"] and uuid.UUID(event["id"]).version == 5, f"{at}: id is not a UUIDv5 in lower case")
        check(event["id"] not in ids, f"{at}: the id {event['id']} occurs twice")
        ids.add(event["id"])
        check(re.fullmatch(r"[a-z]+/[a-z0-9-]{1,64}", event["subject"]), f"{at}: subject {event['subject']}")
        check(event.get("correlationid", "LC001") in rows, f"{at}: correlationid {event.get('correlationid')} is no row")
        recorded = event["recordedtime"]
        check(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", recorded), f"{at}: recordedtime {recorded} is not UTC to the second")
        check(recorded >= before, f"{at}: recordedtime goes back from {before} to {recorded}")
        before = recorded
        check(instant(recorded) >= instant(event["time"]), f"{at}: recorded before it happened")
        check(re.search(r"[+-]\d\d:\d\d$", event["time"]), f"{at}: time {event['time']} has no offset")


def check_rows(rows, events):
    derived = {row_id: [] for row_id in rows}
    for event in events:
        kind = event["type"]
        if "correlationid" in event and kind != "report.assessed.v1" and not kind.endswith(".registered.v1"):
            derived.get(event["correlationid"], []).append(event)
    lifted = set().union(*LIFTED.values())
    for row_id, row in rows.items():
        mine = derived[row_id]
        check(mine, f"{row_id}: no event")
        for event in mine:
            end = end_of(row["publication_date"], row["date"])
            recorded = instant(event["recordedtime"])
            fine = recorded == end or (
                row_id in lifted and recorded in (instant(event["time"]), end_of(END_OF_RECORD, "")))
            check(fine, f"{row_id}: recorded {event['recordedtime']}, publication ends {end.isoformat()}")
        days = {instant(event["time"]).astimezone(LOCAL).date().isoformat() for event in mine}
        check(ANNOUNCED_BEFORE.get(row_id, row["date"]) in days, f"{row_id}: no event on {row['date']}, only {sorted(days)}")
        text = json.dumps([without_places(event["data"]) for event in mine], ensure_ascii=False)
        others = " ".join(pair.partition("=")[2] for pair in row["other_numbers"].split(";"))
        stated = " ".join([row["trucks_or_vehicles"], row["tonnes"], row["people"], others])
        missing = figures(stated) - figures(text)
        check(not missing, f"{row_id}: figures not in any event: {sorted(missing)}")
        for name in ("trucks_or_vehicles", "tonnes", "people"):
            check(row[name].isdigit() or row[name] in text, f"{row_id}: wording lost: {row[name]!r}")
        sources = [event["data"].get("source") for event in mine]
        check(all(sources), f"{row_id}: an event without source")
        if row["sourced"] == "no":
            check(all(s and s["credibility"] == 6 and "url" not in s for s in sources), f"{row_id}: has no published source, so credibility 6 and no url")
        else:
            urls = {s.get("url") for s in sources if s}
            check(not row["url"] or urls - {None}, f"{row_id}: its address is in no event")
        said_by = {s.get("by") for s in sources if s}
        missing = SIGNATORIES.get(row_id, set()) - said_by
        check(not missing, f"{row_id}: no event by {sorted(missing)}")
        if row["admin_code"]:
            codes = {event["data"].get("place", {}).get("pcode") for event in mine}
            check(row["admin_code"] in codes, f"{row_id}: P-code {row['admin_code']} is in no event")


def check_references(events):
    registered, created, ids = set(), set(), {}
    for number, event in enumerate(events, 1):
        at = f"line {number} ({event['type']})"
        for actor in actors_named(event["data"]):
            check(f"actor/{actor}" in registered, f"{at}: actor {actor} is not registered before")
        if event["type"] in ("actor.registered.v1", "place.registered.v1", "corridor.registered.v1"):
            check(event["subject"] not in registered, f"{at}: {event['subject']} is registered twice")
            registered.add(event["subject"])
        if event["subject"].startswith("corridor/"):
            check(event["subject"] in registered, f"{at}: {event['subject']} is not registered before")
        for target in ("event", "denies"):
            if target in event["data"]:
                check(event["data"][target] in ids, f"{at}: {target} names no earlier event")
        for subject in event["data"].get("about", []):
            check(subject in created, f"{at}: is about {subject}, which is not on record before")
        if event["type"] == "report.assessed.v1":
            check(ids.get(event["data"]["event"]) == event["subject"], f"{at}: assesses a report on another subject")
        ids[event["id"]] = event["subject"]
        created.add(event["subject"])


def check_assessments(rows, events):
    recorded = {event["id"]: event["recordedtime"] for event in events}
    for event in events:
        if event["type"] != "report.assessed.v1":
            continue
        data, at = event["data"], f"assessment {event['id']}"
        named = re.findall(r"LC\d{3}", data.get("rationale", ""))
        check(named and data.get("method") == "desk review", f"{at}: names no rows, or its method is not desk review")
        check(all(row in rows for row in named), f"{at}: names a row that is not there")
        last = max(end_of(rows[row]["publication_date"], rows[row]["date"]) for row in named if row in rows)
        check(instant(event["recordedtime"]) >= last, f"{at}: recorded before the last row it relies on")
        check(event["recordedtime"] >= recorded[data["event"]], f"{at}: recorded before its report")


def check_contradictions(events):
    for group, subjects, what, wanted in COMPETING:
        given = set()
        for event in events:
            if event["subject"] in subjects:
                given |= figure_of(event, what)
        check(wanted <= given, f"{group}: {sorted(wanted - given)} is missing, there are {sorted(given)}")


def main():
    rows, events = read()
    check(len(rows) == 248, f"the timeline has {len(rows)} rows, expected 248")
    check_envelopes(rows, events)
    check_rows(rows, events)
    check_references(events)
    check_assessments(rows, events)
    check_contradictions(events)
    for failure in failures:
        print(failure)
    print(f"{passed} passed, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
