/** Actions written here are byte for byte those that a node wrote (`actions.json`, see `scripts/record-actions.mjs`). */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { ActionError, encodeAction, knowsAction } from "../src/index.js";
import { hex } from "../src/ids.js";

interface Recorded {
  module: string;
  action: Record<string, unknown>;
  body: string;
}
const { actions } = JSON.parse(readFileSync(new URL("../../test/actions.json", import.meta.url), "utf8")) as { actions: Recorded[] };

for (const { module, action, body } of actions) {
  const [name = ""] = Object.keys(action);
  test(`${module} ${name} is written as a node writes it`, () => {
    assert.equal(hex(encodeAction(module, action)), body);
  });
}

test("what is not known is refused by its place, and never left out", () => {
  const refused = (module: string, action: Record<string, unknown>, field: string, said: RegExp) =>
    assert.throws(
      () => encodeAction(module, action),
      (error) => error instanceof ActionError && error.field === field && said.test(error.detail),
    );
  refused("custody", { offer_handover: { to: "fra", colour: "red" } }, "offer_handover/colour", /no such field/);
  refused("custody", { refuse_handover: { handover: "00", reason: "x" } }, "refuse_handover/handover", /32 hexadecimal digits/);
  refused("custody", { withdraw_handover: {} }, "withdraw_handover/handover", /it is needed/);
  refused("custody", { close_case: { case: "0".repeat(32), finding: "lost", account: "x" } }, "close_case/finding", /one of found/);
  refused("custody", { report_loss: { circumstances: "x", time: "yesterday" } }, "report_loss/time", /with its zone/);
  refused("custody", { capture: { type: "TransformationEvent" } }, "capture/type", /have a node sign/);
  refused("custody", { capture: { type: "ObjectEvent", sensorElementList: [] } }, "capture/sensorElementList", /have a node sign/);
  refused("custody", { offer_handover: { to: "fra", objects: ["urn:epc:id:sgtin:952.1.7"] } }, "offer_handover/objects/0", /a node only/);
  refused("membership", { register_key: { did: "did:a:b", key: { key: { kty: "oct" }, assurance: "own_key" } } }, "register_key/key/key", /not known/);
  refused("tenders", { open: {} }, "tenders/open", /have a node sign/);
  assert.equal(knowsAction("custody", "capture"), true);
  assert.equal(knowsAction("tenders", "open"), false);
});
