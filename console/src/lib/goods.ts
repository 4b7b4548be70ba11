/** Identifiers for eyes: what kind of thing it is and the part that people read out. The ledger's form stays what is sent and linked. */

import { type Key, t } from "../i18n";
import { nameOf } from "./names";

const KINDS: [RegExp, Key][] = [
  [/\/01\/\d{14}\/21\/|:sgtin:/, "kind.item"],
  [/\/01\/\d{14}\/10\/|:lgtin:|:class:lgtin/, "kind.lot"],
  [/\/00\/|:sscc:/, "kind.unit"],
  [/:bic:/, "kind.container"],
  [/\/414\/|:sgln:/, "kind.place"],
  [/\/8003\/|:grai:/, "kind.returnable"],
  [/\/8004\/|:giai:/, "kind.asset"],
  [/:adi:|:usdod:/, "kind.item"],
  [/\/01\/\d{14}$/, "kind.class"],
];

export function kindOf(id: string): string {
  const found = KINDS.find(([pattern]) => pattern.test(id));
  return t(found?.[1] ?? "kind.object");
}

export const isPlace = (id: string): boolean => /\/414\/|:sgln:|^geo:/.test(id);

/** The shortest text that still tells it apart: serial behind its number, SSCC, container number. */
export function shortOf(id: string): string {
  const link = /\/(?:01|8003|8004|414|00|253|255|8010|8017|8018)\/([^/]+)(?:\/(?:21|10|254|8011)\/(.+))?$/.exec(id);
  if (link) return decode(link[2] === undefined ? (link[1] ?? id) : `${link[2]} · ${link[1]}`);
  const urn = /^urn:epc:(?:id|class):[a-z]+:(.+)$/.exec(id);
  return decode(urn?.[1] ?? id);
}

/** What people call it, else {@link shortOf}. */
export const labelOf = (id: string): string => nameOf(id) ?? shortOf(id);

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Splits a pasted or scanned list: one identifier a line, or separated by semicolons or blanks that no identifier has. */
export function splitList(text: string): string[] {
  const parts = text.split(/[\n;]+|\s{2,}|,\s/).map((part) => part.trim()).filter((part) => part !== "");
  return [...new Set(parts)];
}
