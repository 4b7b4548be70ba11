/**
 * Actions from JSON to the bytes that are signed: for who signs without a node's help, off line too.
 *
 * Flow: an action as the interface takes it (`{"offer_handover": {"to": "fra", "objects": [...]}}`, a capture with one EPCIS event) →
 * {@link encodeAction} → one deterministic CBOR item, byte for byte what a node writes of the same JSON, so that an approval asked for
 * one counts for the other.
 *
 * Invariants: what is not known here is refused, never left out; words of closed lists are numbers by their place, as on the ledger.
 * Limits: modules `custody`, `membership` and `policy`. Of EPCIS events: object and aggregation events of things, lots and amounts, with
 * their declarations as wrong; events with anything else (sensors, extensions, documents) are written by a node.
 */

import { encode } from "./cbor.js";
import { epcOf, event } from "./epcis.js";
import { decimal, flag, type Form, list, moment, needed, octets, optional, or, record, refuse, skipped, spelled, text, whole, word } from "./forms.js";
import { KeyError, PublicKey } from "./keys.js";

const id16 = octets(16);
const quantity: Form = (json, at) =>
  Array.isArray(json) && json.length === 2 ? [decimal(json[0], `${at}/0`), text(json[1], `${at}/1`)] : refuse(at, "an amount and its unit belong here");
const portion = record({ class: needed(epcOf), quantity: needed(quantity), container: optional(epcOf) });

const CUSTODY: Record<string, Form> = {
  capture: event,
  offer_handover: record({
    to: needed(text),
    conveys: or(word("custody", "ownership", "both"), 0),
    objects: or(list(epcOf), []),
    portions: or(list(portion), []),
    place: optional(epcOf),
    terms: or(text, ""),
    returns: skipped(id16),
    expires_ms: optional(whole),
    time: optional(moment),
  }),
  accept_handover: record({
    handover: needed(id16),
    time: optional(moment),
    discrepancies: skipped(
      list(
        record({
          kind: needed(word("short", "over", "damaged", "wrong")),
          object: skipped(epcOf),
          portion: skipped(portion),
          taken: or(flag, false),
          note: skipped(text),
        }),
      ),
    ),
  }),
  refuse_handover: record({ handover: needed(id16), reason: needed(text), time: optional(moment) }),
  withdraw_handover: record({ handover: needed(id16), time: optional(moment) }),
  report_loss: record({ objects: or(list(epcOf), []), portions: or(list(portion), []), circumstances: needed(text), time: optional(moment) }),
  close_case: record({ case: needed(id16), finding: needed(word("found", "written_off", "upheld", "unfounded")), account: needed(text), time: optional(moment) }),
  escalate_case: record({ case: needed(id16), reason: needed(text), time: optional(moment) }),
};

const ROLES = ["member-administrator", "logistics-officer", "supplier-clerk", "scanner", "auditor", "node", "security-officer"];
const role = word(...ROLES);
/** A set of roles: a number whose bit n is the role with number n. */
const roles: Form = (json, at) => (list(role)(json, at) as number[]).reduce((set, one) => set | (1 << one), 0);
const jwk: Form = (json, at) => {
  try {
    return PublicKey.fromJwk((json ?? {}) as object).toCoseKey();
  } catch (error) {
    if (error instanceof KeyError) return refuse(at, error.message);
    throw error;
  }
};
const newKey = record({
  key: needed(jwk),
  valid_from_ms: optional(whole),
  valid_until_ms: optional(whole),
  assurance: needed(spelled("own_key", "held_by_node")),
  hardware: skipped(flag),
});
const status = word("active", "suspended", "retired");
const signerKind = word("person", "device", "node", "service");
const keyId = octets(8);
const clearance = word("unclassified", "restricted", "confidential", "secret");

const MEMBERSHIP: Record<string, Form> = {
  set_member_status: record({ member: needed(text), status: needed(status) }),
  enrol_unit: record({ member: needed(text), unit: needed(text), name: needed(text), parent: optional(text) }),
  enrol_signer: record({ did: needed(text), member: needed(text), kind: needed(signerKind), unit: optional(text), roles: or(roles, 0), keys: or(list(newKey), []) }),
  set_signer_status: record({ did: needed(text), status: needed(status) }),
  register_key: record({ did: needed(text), key: needed(newKey) }),
  revoke_key: record({ did: needed(text), key_id: needed(keyId), reason: or(text, "") }),
  rotate_key: record({ did: needed(text), old: needed(keyId), new: needed(newKey) }),
  grant_role: record({ did: needed(text), role: needed(role) }),
  withdraw_role: record({ did: needed(text), role: needed(role) }),
  enrol_post: record({ member: needed(text), post: needed(text), name: needed(text), unit: optional(text), roles: or(roles, 0) }),
  retire_post: record({ member: needed(text), post: needed(text) }),
  assign_post: record({ did: needed(text), post: needed(text), from_ms: optional(whole), until_ms: optional(whole), deputy: or(flag, false) }),
  leave_post: record({ did: needed(text), post: needed(text) }),
  clear_signer: record({ did: needed(text), clearance: needed(clearance), caveats: or(list(text), []) }),
  offer_enrolment: record({ member: needed(text), kind: needed(signerKind), unit: optional(text), roles: or(roles, 0), code_digest: needed(octets(32)), expires_ms: needed(whole) }),
  claim_enrolment: record({ code: needed(text), did: needed(text), key: needed(newKey) }),
  ask_recovery: record({ did: needed(text), key: needed(newKey) }),
  confirm_recovery: record({ did: needed(text), key_id: needed(keyId) }),
};

const label = record({ record: needed(text), classification: needed(clearance), releasable_to: or(list(text), []), caveats: or(list(text), []), reason: needed(text) });
const POLICY: Record<string, Form> = {
  put: record({ id: needed(text), text: needed(text), revision: optional(whole) }),
  replace: record({ id: needed(text), text: needed(text), revision: optional(whole) }),
  retire: record({ id: needed(text), reason: needed(text), revision: optional(whole) }),
  raise_label: label,
  release_label: label,
  ask_approval: record({ module: needed(text), action: needed(text), expires_ms: optional(whole) }),
  approve: record({ request: needed(id16) }),
  withdraw_request: record({ request: needed(id16) }),
};

const MODULES: Record<string, Record<string, Form>> = { custody: CUSTODY, membership: MEMBERSHIP, policy: POLICY };

/** Whether {@link encodeAction} knows the action. */
export function knowsAction(module: string, name: string): boolean {
  return MODULES[module]?.[name] !== undefined;
}

/**
 * The body of an action: deterministic CBOR.
 *
 * @param action One name with its fields, as `/v1/actions` takes it.
 * @throws {ActionError} for what is not known here or has another form.
 */
export function encodeAction(module: string, action: Readonly<Record<string, unknown>>): Uint8Array {
  const [entry, ...others] = Object.entries(action);
  if (entry === undefined || others.length > 0) refuse(module, "an action is one name with its fields");
  const [name, fields] = entry;
  const form = MODULES[module]?.[name];
  if (form === undefined) refuse(`${module}/${name}`, "this program does not know how the action is written; have a node sign it");
  return encode({ [name]: form(fields, name) });
}
