#!/usr/bin/env python3
"""Turns an export of goods movements (CSV) into one EPCIS 2.0 document on standard output.

    python3 to_epcis.py movements.csv > movements.json

Rows with one time, movement, unit and plant become one event, in the order of the file. Identifiers are written as GS1 Digital
Links: they need no length of the company prefix, which exports rarely carry. Nothing outside Python's own library is needed.
"""

import csv
import json
import sys
from itertools import groupby

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"

# What the export calls a movement: EPCIS type, action, business step, disposition (CBV 2.0).
MOVEMENTS = {
    "produced": ("ObjectEvent", "ADD", "commissioning", "active"),
    "packed": ("AggregationEvent", "ADD", "packing", "in_progress"),
    "shipped": ("ObjectEvent", "OBSERVE", "shipping", "in_transit"),
}


def item(row):
    return f"https://id.gs1.org/01/{row['gtin']}/21/{row['serial']}"


def unit(row):
    return f"https://id.gs1.org/00/{row['handling_unit']}"


def event(rows):
    first = rows[0]
    if first["movement"] not in MOVEMENTS:
        sys.exit(f"movement `{first['movement']}` is not known; add it to MOVEMENTS")
    kind, action, step, disposition = MOVEMENTS[first["movement"]]
    place = {"id": f"https://id.gs1.org/414/{first['plant']}"}
    said = {
        "type": kind,
        "eventTime": first["posted_at"],
        "eventTimeZoneOffset": first["posted_at"][-6:],
        "action": action,
        "bizStep": step,
        "disposition": disposition,
        "readPoint": place,
        "bizLocation": place,
    }
    if kind == "AggregationEvent":
        said |= {"parentID": unit(first), "childEPCs": [item(row) for row in rows]}
    else:
        said["epcList"] = [item(row) if row["gtin"] else unit(row) for row in rows]
    return said


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: to_epcis.py movements.csv > movements.json")
    with open(sys.argv[1], newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    alike = ("posted_at", "movement", "handling_unit", "plant")
    groups = groupby(rows, key=lambda row: [row[name] for name in alike])
    document = {
        "@context": [CONTEXT],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": rows[-1]["posted_at"],
        "epcisBody": {"eventList": [event(list(group)) for _, group in groups]},
    }
    json.dump(document, sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()
