"""Puts the same questions to Cedar's command line and to a node: agree.py FOLDER, with $CEDAR, $CONVOY_NODE and $CONVOY_TOKEN."""

import itertools
import json
import os
import pathlib
import re
import subprocess
import sys
import urllib.parse
import urllib.request

CRATES = "https://id.gs1.org/01/09521101120011"


def amount(value: str) -> dict:
    return {"__extn": {"fn": "decimal", "arg": value}}


def circumstances(plain: dict) -> list[tuple[dict, dict]]:
    """The context for Cedar, and the same as the parameters of the node's question."""
    few = {**plain, "item": CRATES, "unit": "EA", "amount": amount("20.0"), "amount_today": amount("20.0")}
    many = {**few, "amount": amount("20.0001"), "amount_today": amount("20.0001")}
    node_held = {**plain, "assurance": 0}
    return [
        ({**plain, "unit": "EA"}, {}),
        (few, {"item": CRATES, "amount": "20"}),
        (many, {"item": CRATES, "amount": "20.000000001"}),
        ({**many, "approvals": 1}, {"item": CRATES, "amount": "20.000000001", "approvals": "1"}),
        ({**node_held, "unit": "EA"}, {"assurance": "0"}),
    ]


def by_cedar(folder: pathlib.Path, request: dict) -> bool:
    (folder / "asked.json").write_text(json.dumps(request))
    files = {"policies": "policies.cedar", "schema": "policy.cedarschema", "entities": "entities.json", "request-json": "asked.json"}
    options = [part for name, file in files.items() for part in (f"--{name}", file)]
    done = subprocess.run([os.environ["CEDAR"], "authorize", *options], cwd=folder, capture_output=True, text=True, check=False)
    # Cedar's own: 0 allowed, 2 denied, 1 it could not be asked.
    if done.returncode not in (0, 2):
        sys.exit(f"cedar could not be asked {request}: {done.stdout}{done.stderr}")
    return done.returncode == 0


def by_node(did: str, action: str, owner: str, more: dict) -> bool:
    words = urllib.parse.urlencode({"did": did, "action": action, "owner": owner, **more})
    request = urllib.request.Request(
        f"{os.environ['CONVOY_NODE']}/v1/modules/policy/why?{words}",
        headers={"Authorization": f"Bearer {os.environ['CONVOY_TOKEN']}"},
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)["allowed"]


def main() -> None:
    folder = pathlib.Path(sys.argv[1])
    entities = json.loads((folder / "entities.json").read_text())
    uids = [entity["uid"] for entity in entities]
    people = [uid for uid in uids if uid["type"] in ("Person", "Device", "Service", "Node")]
    members = [uid["id"] for uid in uids if uid["type"] == "Member"]
    schema = (folder / "policy.cedarschema").read_text()
    actions = [name for name in re.findall(r'^action "([^"]+)" in .*appliesTo', schema, re.M) if "::" in name and not name.startswith("view::")]
    plain = json.loads((folder / "request.json").read_text())["context"]
    asked = allowed = wrong = 0
    for who, action, owner, (context, more) in itertools.product(people, actions, members, circumstances(plain)):
        module = action.split("::")[0]
        request = {
            "principal": f'{who["type"]}::"{who["id"]}"',
            "action": f'Action::"{action}"',
            "resource": f'Record::"{module}/of/{owner}"',
            "context": context,
        }
        theirs, ours = by_cedar(folder, request), by_node(who["id"], action, owner, more)
        asked += 1
        allowed += ours
        if theirs != ours:
            wrong += 1
            print(f"cedar says {theirs} and the node {ours}: {request}")
    print(f"{asked} questions, {allowed} permitted, {wrong} answered differently")
    if wrong or not 0 < allowed < asked:
        sys.exit(1)


main()
