"""Counts, from the table alone, what Causeway must answer about the Aid Worker Security Database.

Run from anywhere: python3 tests/awsd_counts.py [CSV]
Needs nothing but Python 3.9 or newer. Prints one JSON object: what all pages of
`GET /v1/incidents?from=2023-01-01T00:00:00Z&category=VIO` must add up to, after the whole table was
imported into an empty record. It shares no code with awsd_events.py, on purpose.

A row whose date is imprecise counts from the first instant of its period: all of 2023 is in.
Rows are counted, not ids: one id stands on two different incidents.
"""

import csv
import json
import sys
from collections import Counter
from pathlib import Path

FROM_YEAR = 2023
NAMES = {"Total killed": "killed", "Total wounded": "injured", "Total kidnapped": "abducted", "Total detained": "detained"}


def main():
    table = sys.argv[1] if len(sys.argv) > 1 else Path(__file__).with_name("data") / "aid_worker_security_incidents.csv"
    totals = Counter()
    with open(table, encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file)
        column = {name: at for at, name in enumerate(next(rows))}
        for row in rows:
            totals["rows_in_table"] += 1
            if int(row[column["Year"]]) < FROM_YEAR:
                continue
            totals["incidents"] += 1
            for theirs, ours in NAMES.items():
                totals[ours] += int(row[column[theirs]])
    print(json.dumps(totals))


if __name__ == "__main__":
    main()
