"""Holds generated events against the schemas of GS1: XML 2.0 against the XSD, JSON against the JSON schema.

usage: schemas.py EPCIS_CHECKOUT < events.ndjson

EPCIS_CHECKOUT is a checkout of https://github.com/gs1/EPCIS: its schemas may not be handed on, so they are not
here. events.ndjson comes from `cargo run --package convoy-types --example hash_oracle -- 2000`. Needs lxml and
jsonschema, of any recent version.

exit codes: 0 all valid, 1 some are not, 2 it could not run
"""

import json
import pathlib
import sys


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        import jsonschema
        from lxml import etree
    except ImportError as error:
        print(f"{error}: python3 -m pip install lxml jsonschema", file=sys.stderr)
        return 2
    checkout = pathlib.Path(sys.argv[1])
    xsd = etree.XMLSchema(etree.parse(str(checkout / "XSD" / "EPCglobal-epcis-2_0.xsd")))
    schema = jsonschema.Draft7Validator(json.loads((checkout / "EPCIS-JSON-Schema.json").read_text()))
    events = faults = 0
    for line in sys.stdin:
        case = json.loads(line)
        events += 1
        document = etree.fromstring(case["xml"].encode())
        if not xsd.validate(document):
            faults += 1
            print(f"event {events}, XML: {xsd.error_log.last_error}")
        fault = next(schema.iter_errors(case["json"]), None)
        if fault is not None:
            faults += 1
            print(f"event {events}, JSON: {list(fault.absolute_path)}: {fault.message[:200]}")
    print(f"{events} events in XML and in JSON, {faults} not valid")
    return 0 if events and not faults else 1


if __name__ == "__main__":
    sys.exit(main())
