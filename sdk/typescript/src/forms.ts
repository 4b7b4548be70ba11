/** Pieces that actions are written of: each takes JSON at a place and gives what CBOR holds there, or refuses the place by name. */

import type { CborValue } from "./cbor.js";
import { fromHex } from "./ids.js";

/** Why an action is not written here: which field, what is wrong with it. */
export class ActionError extends Error {
  override name = "ActionError";

  constructor(
    /** Such as `offer_handover/objects/0`. */
    readonly field: string,
    /** The fault in plain words. */
    readonly detail: string,
  ) {
    super(`${field}: ${detail}`);
  }
}

/** Writes a JSON value that stands at `at`. */
export type Form = (json: unknown, at: string) => CborValue;

/** Refuses a field. */
export function refuse(at: string, detail: string): never {
  throw new ActionError(at, detail);
}

export const text: Form = (json, at) => (typeof json === "string" ? json : refuse(at, "a text belongs here"));
export const whole: Form = (json, at) => (Number.isSafeInteger(json) ? (json as number) : refuse(at, "a whole number belongs here"));
export const flag: Form = (json, at) => (typeof json === "boolean" ? json : refuse(at, "true or false belongs here"));
/** Bytes, told in hexadecimal. */
export const octets =
  (length: number): Form =>
  (json, at) => {
    const bytes = typeof json === "string" ? fromHex(json) : undefined;
    return bytes?.length === length ? bytes : refuse(at, `${2 * length} hexadecimal digits belong here`);
  };
/** One word of a closed list: its number. */
export const word =
  (...words: string[]): Form =>
  (json, at) => {
    const number = words.indexOf(json as string);
    return number >= 0 ? number : refuse(at, `one of ${words.join(", ")} belongs here`);
  };
/** One word of a closed list that is written as a word. */
export const spelled =
  (...words: string[]): Form =>
  (json, at) => (words.includes(json as string) ? (json as string) : refuse(at, `one of ${words.join(", ")} belongs here`));
export const list =
  (form: Form): Form =>
  (json, at) => (Array.isArray(json) ? json.map((one, index) => form(one, `${at}/${index}`)) : refuse(at, "a list belongs here"));
/** A moment, ISO 8601 with its zone: milliseconds since 1970. */
export const moment: Form = (json, at) => {
  const zoned = typeof json === "string" && /T.*(Z|[+-]\d\d:\d\d)$/.test(json);
  const ms = zoned ? Date.parse(json) : Number.NaN;
  return Number.isNaN(ms) ? refuse(at, "a time with its zone belongs here, such as 2026-11-28T20:00:00Z") : ms;
};

/** A field: how it is written, and what stands where it was left out; `skip`ped fields are then not written at all. */
interface Field {
  form: Form;
  absent?: CborValue | "skip";
}
export const needed = (form: Form): Field => ({ form });
export const optional = (form: Form): Field => ({ form, absent: null });
export const or = (form: Form, absent: CborValue): Field => ({ form, absent });
export const skipped = (form: Form): Field => ({ form, absent: "skip" });

/** A record of named fields; others are refused. */
export function record(fields: Record<string, Field>): Form {
  return (json, at) => {
    if (typeof json !== "object" || json === null || Array.isArray(json)) return refuse(at, "an object belongs here");
    const given = json as Record<string, unknown>;
    const unknown = Object.keys(given).find((name) => !(name in fields));
    if (unknown !== undefined) return refuse(`${at}/${unknown}`, "there is no such field");
    const made: Record<string, CborValue> = {};
    for (const [name, { form, absent }] of Object.entries(fields)) {
      const value = given[name];
      const missing = value === undefined || (value === null && absent !== undefined);
      if (!missing) {
        const written = form(value, `${at}/${name}`);
        // Empty is the same as left out where left out is not written.
        if (absent !== "skip" || !(written === "" || written === false || (Array.isArray(written) && written.length === 0))) made[name] = written;
      } else if (absent === undefined) return refuse(`${at}/${name}`, "it is needed");
      else if (absent !== "skip") made[name] = absent;
    }
    return made;
  };
}

/** A decimal number, told as text: its digits, and how many stand behind the point, zeros included. */
export const decimal: Form = (json, at) => {
  const found = typeof json === "string" ? /^(-?\d+)(?:\.(\d{1,9}))?$/.exec(json) : null;
  if (found === null) return refuse(at, "a decimal number as text belongs here, such as \"12.5\"");
  const fraction = found[2] ?? "";
  return [BigInt(`${found[1]}${fraction}`), fraction.length];
};
