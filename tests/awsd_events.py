"""Turns the Aid Worker Security Database into Causeway events: NDJSON on standard output.

Run from anywhere: python3 tests/awsd_events.py [CSV] > events.ndjson
Needs nothing but Python 3.9 or newer. The same file always gives the same bytes, so importing
twice adds nothing.

One row is one `incident.reported.v1`. Three things of the file need a decision:

- An `Incident ID` names the incident, but one (4664) stands on two rows about different days and
  places. The first keeps the id; a later one is told apart by its number, as in `4664-2`.
- A date may lack its day, or its day and month. `time` is the first instant of the stated period,
  UTC, and `time_precision` says which period.
- `Verified` says how far the publisher has got, and becomes the credibility of the report:
  see CREDIBILITY.

Who did it is left out: an attribution is a claim of its own and not part of what happened.
"""

import csv
import html
import json
import sys
import uuid
from pathlib import Path

TABLE = Path(__file__).resolve().parent / "data/aid_worker_security_incidents.csv"
NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "aidworkersecurity.org")
TITLE_LIMIT, NOTE_LIMIT = 200, 4000

# By the means alone. A device that was laid or carried and went off is a `mine_explosion`; grenades
# and other thrown or launched explosives are an attack with weapons. `Bodily assault` is mostly
# without weapons and has no word of its own, nor has sexual violence; what is not known is `other`.
KIND = {
    "Aerial bombardment": "airstrike",
    "Bodily assault": "other",
    "Body-borne IED": "mine_explosion",
    "Complex attack": "armed_attack",
    "Detention/arrest": "detention",
    "Kidnap-killing": "abduction",
    "Kidnapping": "abduction",
    "Landmine": "mine_explosion",
    "Other Explosives": "armed_attack",
    "Rape/sexual assault": "other",
    "Roadside IED": "mine_explosion",
    "Shelling": "shelling",
    "Shooting": "shooting",
    "Unknown": "other",
    "Vehicle-born IED": "mine_explosion",
}
# How a title names the means.
MEANS = {
    "Body-borne IED": "body-borne explosive device",
    "Kidnap-killing": "kidnapping and killing",
    "Other Explosives": "explosives",
    "Rape/sexual assault": "sexual violence",
    "Roadside IED": "roadside explosive device",
    "Unknown": "means not known",
    "Vehicle-born IED": "vehicle-borne explosive device",
}
# Admiralty scale. 1 is for confirmation on our own record, which an assessment states. An archived
# row and a blank do not say whether anybody checked: that cannot be judged, which is not "worst".
CREDIBILITY = {"Yes": 2, "Pending": 3, "Archived": 6, "": 6}
# Our word for a harm, and the file's.
HARM = {"killed": "killed", "injured": "wounded", "abducted": "kidnapped", "detained": "detained"}
# From the widest to the narrowest, with what a position known to that extent is precise to.
EXTENT = {"Country": "country", "Region": "adm1", "District": "adm2", "City": "settlement"}


def period(row):
    """The first instant of the stated period, and which period that is."""
    year, month, day = row["Year"], row["Month"], row["Day"]
    precision = "day" if day and month else "month" if month else "year"
    return f"{int(year):04}-{int(month or 1):02}-{int(day or 1):02}T00:00:00Z", precision


def place(row):
    """Where it was, as far as the row says."""
    parts = [column for column in EXTENT if row[column]]
    named = list(dict.fromkeys(row[column] for column in reversed(parts)))
    where = {"name": shortened(", ".join(named), TITLE_LIMIT)} if named else {}
    if row["Latitude"] and row["Longitude"]:
        where["point"] = [float(row["Longitude"]), float(row["Latitude"])]
    if parts:
        where["precision"] = EXTENT[parts[-1]]
    return where


def title(row):
    """One line: who was harmed, by what means, and roughly where."""
    counts = {ours: int(row[f"Total {theirs}"]) for ours, theirs in HARM.items()}
    harmed = ", ".join(f"{count} {ours}" for ours, count in counts.items() if count)
    means = MEANS.get(row["Means of attack"], row["Means of attack"].lower())
    where = dict.fromkeys(row[column] for column in ("City", "Region", "Country") if row[column])
    text = f"Aid workers: {harmed or 'no count'}; {means}"
    return shortened(", ".join([text, *where]), TITLE_LIMIT)


def shortened(text, limit):
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def event(row, name):
    time, precision = period(row)
    where = place(row)
    note = shortened(html.unescape(row["Details"]).replace("\u00a0", " ").strip(), NOTE_LIMIT)
    data = {
        "kind": KIND[row["Means of attack"]],
        "category": "VIO",
        "title": title(row),
        "harm": [{"role": "aid_worker"} | {our: int(row[f"Total {their}"]) for our, their in HARM.items()}],
        "source": {
            "kind": "other",
            "by": "awsd",
            "credibility": CREDIBILITY[row["Verified"]],
            "evidence": [
                f"Aid Worker Security Database (Humanitarian Outcomes), incident {row['Incident ID']}",
                f"its own source: {row['Source']}",
            ],
        },
        "time_precision": precision,
    }
    if where:
        data["place"] = where
    if note:
        data["note"] = note
    return {
        "specversion": "1.0",
        "id": str(uuid.uuid5(NAMESPACE, name)),
        "type": "incident.reported.v1",
        "subject": f"incident/awsd-{name}",
        "time": time,
        "dataclassification": "public",
        "data": data,
    }


def main():
    table = Path(sys.argv[1]) if len(sys.argv) > 1 else TABLE
    sys.stdout.reconfigure(encoding="utf-8", newline="\n")
    seen = {}
    with open(table, encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            number = row["Incident ID"]
            seen[number] = seen.get(number, 0) + 1
            name = number if seen[number] == 1 else f"{number}-{seen[number]}"
            print(json.dumps(event(row, name), ensure_ascii=False, separators=(",", ":")))


if __name__ == "__main__":
    main()
