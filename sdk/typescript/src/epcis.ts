/**
 * EPCIS 2.0 events and identifiers as statements carry them: what an officer records by hand, told as the ledger stores it.
 *
 * An event is a list without keys in a fixed order, its CBV terms numbers, its identifiers GS1 Digital Links without their root. Sources:
 * GS1 EPCIS 2.0 chapter 7, CBV 2.0 chapter 7, TDS 2.0 section 6 (EPC URNs). See {@link encodeAction} for what is refused.
 */

import type { CborValue } from "./cbor.js";
import { decimal, type Form, list, moment, refuse, word } from "./forms.js";
import { fromHex } from "./ids.js";

const ROOT = "https://id.gs1.org/";
/** What serial numbers and lots may hold without an escape that differs between URN and link. */
const PLAIN = /^[A-Za-z0-9._-]+$/;

/** The check digit of a GS1 number (GS1 General Specifications section 7.9). */
function checked(digits: string): string {
  const sum = [...digits].reverse().reduce((total, digit, place) => total + Number(digit) * (place % 2 === 0 ? 3 : 1), 0);
  return `${digits}${(10 - (sum % 10)) % 10}`;
}

/** An identifier as it is stored: a GS1 key without its root, before it a mark for the length of its company prefix where that is known. */
export const epcOf: Form = (json, at) => {
  if (typeof json !== "string" || json === "") return refuse(at, "an identifier belongs here");
  if (json.startsWith(ROOT)) return json.slice(ROOT.length);
  const urn = /^urn:epc:(?:id|class):(sgtin|sscc|sgln|lgtin|grai|giai):([^:]+)$/.exec(json);
  if (urn === null) return json;
  const scheme = urn[1] ?? "";
  const [company = "", reference = "", ...rest] = (urn[2] ?? "").split(".");
  const tail = rest.join(".");
  const digits = /^\d{6,12}$/.test(company) && (scheme === "giai" || /^\d*$/.test(reference));
  const lengths: Record<string, number> = { sgtin: 13, lgtin: 13, sscc: 17, sgln: 12, grai: 12 };
  const fits = scheme === "giai" || company.length + reference.length === lengths[scheme];
  const serial = scheme === "giai" ? [reference, tail].filter((part) => part !== "").join(".") : tail;
  const serialFits = scheme === "sscc" ? serial === "" : PLAIN.test(serial);
  if (!digits || !fits || !serialFits) return refuse(at, `\`${json}\` is written by a node only; trace it once with a connection`);
  const mark = String.fromCharCode(33 + company.length - 6);
  const gtin = () => checked(`${reference.slice(0, 1)}${company}${reference.slice(1)}`);
  switch (scheme) {
    case "sgtin":
      return `${mark}01/${gtin()}/21/${serial}`;
    case "lgtin":
      return `${mark}01/${gtin()}/10/${serial}`;
    case "sscc":
      return `${mark}00/${gtin()}`;
    case "sgln":
      return `${mark}414/${checked(`${company}${reference}`)}${serial === "0" ? "" : `/254/${serial}`}`;
    case "grai":
      return `${mark}8003/0${checked(`${company}${reference}`)}${serial}`;
    default:
      return `${mark}8004/${company}${serial}`;
  }
};

const STEPS =
  "accepting arriving assembling collecting commissioning consigning creating_class_instance cycle_counting decommissioning departing destroying disassembling dispensing encoding entering_exiting holding inspecting installing killing loading other packing picking receiving removing repackaging repairing replacing reserving retail_selling sampling sensor_reporting shipping staging_outbound stock_taking stocking storing transporting unloading unpacking void_shipping".split(
    " ",
  );
const CONDITIONS =
  "active available completeness_verified completeness_inferred conformant container_closed container_open damaged destroyed dispensed disposed encoded expired in_progress in_transit inactive mismatch_instance mismatch_class mismatch_quantity needs_replacement no_pedigree_match non_conformant non_sellable_other partially_dispensed recalled reserved retail_sold returned sellable_accessible sellable_not_accessible stolen unavailable unknown".split(
    " ",
  );

/** A time zone, `+02:00`: minutes from UTC. */
const zone: Form = (json, at) => {
  const found = typeof json === "string" ? /^([+-])(\d\d):(\d\d)$/.exec(json) : null;
  if (found === null) return refuse(at, "an offset belongs here, such as +02:00");
  const minutes = Number(found[2]) * 60 + Number(found[3]);
  return found[1] === "-" && minutes > 0 ? -minutes : minutes;
};

/** An event's name: the digest or the UUID alone where it is of the usual forms. */
const eventId: Form = (json, at) => {
  if (typeof json !== "string") return refuse(at, "a URI belongs here");
  const hash = /^ni:\/\/\/sha-256;([0-9a-fA-F]{64})\?ver=CBV2\.0$/.exec(json)?.[1];
  const uuid = /^urn:uuid:([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})$/i.exec(json)?.[1];
  return fromHex(hash ?? uuid?.replaceAll("-", "") ?? "-") ?? json;
};

/** An amount of a class or lot: class, number or nothing, unit or nothing. */
const amount: Form = (json, at) => {
  const { epcClass, quantity, uom, ...rest } = (json ?? {}) as Record<string, unknown>;
  const other = Object.keys(rest)[0];
  if (other !== undefined) refuse(`${at}/${other}`, "this program does not write it; have a node sign it");
  const written = epcOf(epcClass, `${at}/epcClass`);
  if (quantity === undefined) return [written, null, typeof uom === "string" ? uom : null];
  return [written, decimal(String(quantity), `${at}/quantity`), typeof uom === "string" ? uom : null];
};

const wrong: Form = (json, at) => {
  const { declarationTime, reason, correctiveEventIDs, ...rest } = (json ?? {}) as Record<string, unknown>;
  const other = Object.keys(rest)[0];
  if (other !== undefined) refuse(`${at}/${other}`, "this program does not write it; have a node sign it");
  return [
    moment(declarationTime, `${at}/declarationTime`),
    reason === undefined ? null : word("did_not_occur", "incorrect_data")(reason, `${at}/reason`),
    correctiveEventIDs === undefined ? [] : list(eventId)(correctiveEventIDs, `${at}/correctiveEventIDs`),
    null,
  ];
};

const place: Form = (json, at) => {
  const { id, ...rest } = (json ?? {}) as Record<string, unknown>;
  const other = Object.keys(rest)[0];
  if (other !== undefined) refuse(`${at}/${other}`, "this program does not write it; have a node sign it");
  return epcOf(id, `${at}/id`);
};

const ACTIONS = word("ADD", "OBSERVE", "DELETE");
const KNOWN = new Set(
  "@context type action eventTime eventTimeZoneOffset eventID parentID epcList childEPCs quantityList childQuantityList bizStep disposition readPoint bizLocation errorDeclaration".split(
    " ",
  ),
);

/** One EPCIS event. */
export const event: Form = (json, at) => {
  if (typeof json !== "object" || json === null) return refuse(at, "an EPCIS event belongs here");
  const told = json as Record<string, unknown>;
  const strange = Object.keys(told).find((name) => !KNOWN.has(name));
  if (strange !== undefined) refuse(`${at}/${strange}`, "this program does not write it; have a node sign it");
  const packs = told.type === "AggregationEvent";
  if (!packs && told.type !== "ObjectEvent") refuse(`${at}/type`, "this program writes object and aggregation events; have a node sign others");
  const context = told["@context"];
  if (Array.isArray(context) && context.some((one) => typeof one !== "string")) refuse(`${at}/@context`, "prefixes of one's own are written by a node");
  const maybe = (form: Form, name: string): CborValue => (told[name] === undefined || told[name] === null ? null : form(told[name], `${at}/${name}`));
  const [objects, amounts] = packs ? ["childEPCs", "childQuantityList"] : ["epcList", "quantityList"];
  if (packs ? told.epcList !== undefined : told.parentID !== undefined || told.childEPCs !== undefined) refuse(at, "objects stand in `childEPCs` of an aggregation, in `epcList` otherwise");
  const declared = maybe(wrong, "errorDeclaration");
  return [
    packs ? 1 : 0,
    ACTIONS(told.action, `${at}/action`),
    moment(told.eventTime, `${at}/eventTime`),
    zone(told.eventTimeZoneOffset, `${at}/eventTimeZoneOffset`),
    maybe(eventId, "eventID"),
    maybe(epcOf, "parentID"),
    maybe(list(epcOf), objects as string) ?? [],
    maybe(list(amount), amounts as string) ?? [],
    maybe(word(...STEPS), "bizStep"),
    maybe(word(...CONDITIONS), "disposition"),
    maybe(place, "readPoint"),
    maybe(place, "bizLocation"),
    declared === null ? null : { er: declared },
  ];
};
