// Writes test/actions.json: actions as JSON, and the bytes that a node of a running demo network wrote of each.
//
//   npm run build && node scripts/record-actions.mjs FOLDER     (the folder of `convoy demo --dir FOLDER`, just started)
//
// The node is the second implementation: what the SDK's own encoding is compared with never came from the SDK.
import { createHash, randomBytes, randomUUID } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { Client, SigningKey, Statement } from "../dist/src/index.js";

const folder = process.argv[2];
const manifest = JSON.parse(readFileSync(`${folder}/network.json`, "utf8"));
const clients = Object.fromEntries(
  manifest.members
    .filter((member) => member.node)
    .map((member) => [member.id, { did: member.signers[0].did, client: new Client(`http://${member.node.api}`, { token: readFileSync(`${folder}/${member.signers[0].token}`, "utf8").trim() }) }]),
);
const recorded = [];

async function act(who, module, action) {
  const { client } = clients[who];
  const { data } = await client.api.POST("/v1/actions", { body: { actions: [{ module, action }] } });
  const [result] = data.results;
  if (!result.id) throw new Error(`${module} ${JSON.stringify(action)}: ${JSON.stringify(result)}`);
  const status = await client.follow(result.id, 20_000);
  const [written] = Statement.decode(await client.body(result.id)).content.actions;
  const body = Buffer.from(written.body).toString("hex");
  recorded.push({ module, action, body });
  console.error(`${module} ${Object.keys(action)[0]} ${status.state} ${status.refusal?.detail ?? ""}`);
  return result.id;
}

const part = (number) => `urn:epc:id:sgtin:9521101.012001.NP26-000${number}`;
const link = (number) => `https://id.gs1.org/01/09521101120011/21/NP26-000${number}`;
const tapa = "https://id.gs1.org/414/9521501000210";
const now = () => new Date().toISOString();
const settle = () => new Promise((resolve) => setTimeout(resolve, 1_500));
const offers = async () => (await clients.est.client.api.GET("/v1/handovers", { params: { query: { state: "open" } } })).data.handovers;
const context = ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"];
const seen = (fields) => ({ "@context": context, type: "ObjectEvent", action: "OBSERVE", eventTime: now(), eventTimeZoneOffset: "+02:00", ...fields });

// Custody.
const first = seen({ bizStep: "inspecting", epcList: [part(1)], readPoint: { id: tapa }, bizLocation: { id: tapa }, eventID: `urn:uuid:${randomUUID()}` });
await act("est", "custody", { capture: first });
await act("est", "custody", { capture: seen({ bizStep: "storing", disposition: "available", epcList: [link(1), part(2)], readPoint: { id: "urn:epc:id:sgln:9521501.00021.0" }, bizLocation: { id: tapa } }) });
await act("est", "custody", { capture: { ...first, errorDeclaration: { declarationTime: now(), reason: "incorrect_data", correctiveEventIDs: ["urn:uuid:1e1d2c3b-4a59-6877-8695-a4b3c2d1e0f1", "https://example.org/events/7"] } } });
await act("est", "custody", { capture: { "@context": context, type: "AggregationEvent", action: "ADD", eventTime: now(), eventTimeZoneOffset: "-03:30", bizStep: "packing", disposition: "in_progress", parentID: "urn:epc:id:sscc:9521501.0000000017", childEPCs: [link(2)], readPoint: { id: tapa }, bizLocation: { id: tapa } } });
await act("est", "custody", { capture: { "@context": context, type: "AggregationEvent", action: "DELETE", eventTime: now(), eventTimeZoneOffset: "+00:00", bizStep: "unpacking", parentID: "urn:epc:id:sscc:9521501.0000000017", childEPCs: [link(2)], readPoint: { id: tapa }, bizLocation: { id: tapa } } });
await act("est", "custody", { capture: seen({ action: "ADD", bizStep: "commissioning", epcList: ["urn:epc:id:giai:9521501.A-17", "urn:epc:id:grai:9521501.00017.5", "urn:epc:id:bic:TAPU3055386"], quantityList: [{ epcClass: "urn:epc:class:lgtin:9521501.012345.LOT-7", quantity: 12.5, uom: "KGM" }, { epcClass: "https://id.gs1.org/01/09521501123452/10/LOT-8", quantity: 40 }], readPoint: { id: tapa }, bizLocation: { id: tapa } }) });
await settle();
await act("est", "custody", { offer_handover: { to: "fra", objects: [link(1), part(2)], conveys: "both", terms: "Leihe für die Übung", place: tapa, expires_ms: Date.now() + 3_600_000, time: now() } });
await settle();
const [one] = await offers();
await act("fra", "custody", { accept_handover: { handover: one.handover, time: now(), discrepancies: [{ kind: "short", object: part(2), note: "not on the pallet" }] } });
await act("est", "custody", { offer_handover: { to: "fra", objects: [part(3)] } });
await act("est", "custody", { offer_handover: { to: "pol", objects: [], portions: [{ class: "https://id.gs1.org/01/09521501123452/10/LOT-8", quantity: ["2.50", "EA"] }] } });
await settle();
await act("est", "custody", { withdraw_handover: { handover: (await offers()).find((offer) => offer.to === "fra").handover } });
await act("est", "custody", { offer_handover: { to: "fra", objects: [part(3)] } });
await settle();
await act("fra", "custody", { refuse_handover: { handover: (await offers()).find((offer) => offer.to === "fra").handover, reason: "no room" } });
await act("est", "custody", { report_loss: { objects: [part(4)], circumstances: "Nicht im Regal", time: now() } });
await settle();
const { cases } = (await clients.est.client.api.GET("/v1/cases", { params: { query: { state: "open" } } })).data;
const loss = cases.find((found) => found.kind === "loss");
await act("est", "custody", { escalate_case: { case: loss.case, reason: "needs a second look" } });
await act("est", "custody", { close_case: { case: loss.case, finding: "found", account: "it stood in the next rack", time: now() } });

// Membership.
const did = `did:convoy:${randomBytes(16).toString("hex")}`;
const key = (algorithm) => SigningKey.generate(algorithm).publicKey;
const [ed, p256, ml] = ["Ed25519", "ES256", "ML-DSA-65"].map(key);
await act("est", "membership", { enrol_unit: { member: "est", unit: "tapa", name: "Tapa, Kaitseväe ladu" } });
await act("est", "membership", { enrol_unit: { member: "est", unit: "gate", name: "Gate", parent: "tapa" } });
await act("est", "membership", { enrol_signer: { did, member: "est", kind: "person", unit: "tapa", roles: ["logistics-officer", "security-officer"], keys: [{ key: ed.toJwk(), assurance: "own_key" }, { key: ml.toJwk(), assurance: "held_by_node", valid_from_ms: Date.now(), valid_until_ms: Date.now() + 86_400_000 }] } });
await act("est", "membership", { register_key: { did, key: { key: p256.toJwk(), assurance: "own_key", hardware: true } } });
await act("est", "membership", { rotate_key: { did, old: p256.id, new: { key: key("ES256").toJwk(), assurance: "own_key" } } });
await act("est", "membership", { revoke_key: { did, key_id: ed.id, reason: "phone lost" } });
await act("est", "membership", { grant_role: { did, role: "member-administrator" } });
await act("est", "membership", { withdraw_role: { did, role: "member-administrator" } });
await act("est", "membership", { enrol_post: { member: "est", post: "duty", name: "Officer of the day", unit: "tapa", roles: ["logistics-officer"] } });
await act("est", "membership", { assign_post: { did, post: "duty", until_ms: Date.now() + 86_400_000, deputy: true } });
await act("est", "membership", { leave_post: { did, post: "duty" } });
await act("est", "membership", { retire_post: { member: "est", post: "duty" } });
const code = randomBytes(16);
await act("est", "membership", { offer_enrolment: { member: "est", kind: "device", roles: ["scanner"], code_digest: createHash("sha256").update(code).digest("hex"), expires_ms: Date.now() + 3_600_000 } });
await act("est", "membership", { claim_enrolment: { code: code.toString("hex"), did: `did:convoy:${randomBytes(16).toString("hex")}`, key: { key: key("Ed25519").toJwk(), assurance: "own_key" } } });
await act("est", "membership", { ask_recovery: { did, key: { key: key("Ed25519").toJwk(), assurance: "own_key" } } });
await act("est", "membership", { set_signer_status: { did, status: "suspended" } });

// Policy.
const note = { description: "Handovers are approved by two.", grantor: "A security officer of a founding member." };
const policy = `@description("${note.description}") @grantor("${note.grantor}") forbid (principal, action == Action::"custody::escalate_case", resource) unless { context.approvals >= 1 };`;
await act("est", "policy", { put: { id: "trial.two", text: policy } });
await act("est", "policy", { replace: { id: "trial.two", text: policy.replace(">= 1", ">= 2") } });
await act("est", "policy", { retire: { id: "trial.two", reason: "a trial" } });
await act("est", "policy", { raise_label: { record: `custody/objects/${link(6)}`, classification: "unclassified", caveats: ["crypto"], reason: "holds keys" } });
const asked = recorded.find((entry) => "escalate_case" in entry.action);
await act("est", "policy", { ask_approval: { module: "custody", action: asked.body } });
await settle();
const { requests } = (await clients.fra.client.api.GET("/v1/modules/policy/requests", { params: { query: { open: true } } })).data;
await act("fra", "policy", { approve: { request: requests[0].request } });
await act("est", "policy", { withdraw_request: { request: requests[0].request } });

writeFileSync(new URL("../test/actions.json", import.meta.url), `${JSON.stringify({ made_by: "scripts/record-actions.mjs, from what a node wrote", actions: recorded }, null, 1)}\n`);
console.error(`${recorded.length} actions`);
