"""Captures an EPCIS event, follows it until it is final, fetches its proofs and verifies them with no network.

Try it against `./demo` of the repository, which prints a node's address and the path of a token:

    python examples/capture_and_prove.py http://127.0.0.1:8480 run/demo/est/officer.token

Writes trust.json, NAME.cose (transparent statement) and NAME.compact (compact receipt) into the current folder.
Exit codes: 0 proved, 1 refused or not proved, 2 wrong usage.
"""

from __future__ import annotations

import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from convoy_client import Client, ClientError, Trust, VerifyError, verify


def document(item: str) -> dict[str, Any]:
    """The commissioning of one serialised part, in EPCIS 2.0."""
    now = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
    event = {
        "type": "ObjectEvent",
        "eventTime": now,
        "eventTimeZoneOffset": "+00:00",
        "action": "ADD",
        "bizStep": "commissioning",
        "disposition": "active",
        "epcList": [item],
        "readPoint": {"id": "urn:epc:id:sgln:9521101.00010.0"},
    }
    return {
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": now,
        "epcisBody": {"eventList": [event]},
    }


def capture(node: str, token: str) -> list[Path]:
    """Everything that needs the network; returns the proofs' files."""
    item = f"urn:epc:id:sgtin:9521101.012001.SDK-{datetime.now(timezone.utc):%H%M%S%f}"
    with Client(node, token) as client:
        job = client.capture_and_follow(document(item), limit=30.0)
        for error in job["errors"]:
            print(f"refused at {error['pointer']}: {error['detail']}; {error['remedy']}", file=sys.stderr)
        print(f"captured {item} in {len(job['statements'])} statement(s)")
        print(f"the ledger's trace of it has {len(client.trace(item, 5.0)['history'])} event(s)")
        # Once, from a node you trust; from then on the file is what you believe.
        Path("trust.json").write_bytes(client.trust_file())
        files = []
        for statement in job["statements"]:
            for end, proof in (("cose", client.transparent(statement)), ("compact", client.compact(statement))):
                files.append(Path(f"{statement[:16]}.{end}"))
                files[-1].write_bytes(proof)
    return files


def prove(files: list[Path]) -> None:
    """Needs no network: what an auditor does years later."""
    trust = Trust.from_json(Path("trust.json").read_bytes())
    for file in files:
        print(f"\n{file} ({file.stat().st_size} bytes)\n{verify(file.read_bytes(), trust)}")


def main() -> int:
    """Runs both halves."""
    if len(sys.argv) != 3:
        print("usage: capture_and_prove.py NODE_URL TOKEN_FILE", file=sys.stderr)
        return 2
    try:
        files = capture(sys.argv[1], Path(sys.argv[2]).read_text("utf-8").strip())
        prove(files)
    except (ClientError, VerifyError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0 if files else 1


if __name__ == "__main__":
    sys.exit(main())
