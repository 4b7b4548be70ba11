"""Compares our event hashes with PyPI epcis-event-hash-generator, in JSON and in XML.

Reads lines of the example hash_oracle from standard input. Exit code 1 when a hash differs for another reason than those
explained in docs/reference/event-hash.md.
"""

import collections
import json
import logging
import sys

from epcis_event_hash_generator import hash_generator, json_to_py, xml_to_py

logging.disable(logging.CRITICAL)


def reference(events):
    pre = hash_generator.derive_prehashes_from_events(events)
    return pre[0] if pre else "", hash_generator.calculate_hashes_from_pre_hashes(pre)[0] if pre else "none"


def main():
    counts = collections.Counter()
    wrong = 0
    for line in sys.stdin:
        case = json.loads(line)
        counts["events"] += 1
        if not case["same_in_xml"]:
            wrong += 1
            print("ours differ in XML and JSON:", case["hashed"])
        forms = {
            "JSON": lambda: json_to_py.event_list_from_epcis_document_json(json.loads(json.dumps(case["json"]))),
            "XML": lambda: xml_to_py.event_list_from_epcis_document_str(case["xml"].split("?>", 1)[1]),
        }
        for form, read in forms.items():
            text, theirs = reference(read())
            if theirs == case["hash"]:
                counts[form + " agree"] += 1
                continue
            explained = "boolean" if form == "JSON" and "boolean" in case["features"] else None
            counts[f"{form} differ: {explained or 'NOT EXPLAINED'}"] += 1
            if not explained:
                wrong += 1
                if wrong <= 5:
                    print(f"{form}\n  ours   {case['hashed']}\n  theirs {text}")
    for name, count in sorted(counts.items()):
        print(f"{name}: {count}")
    sys.exit(1 if wrong or counts["events"] == 0 else 0)


main()
