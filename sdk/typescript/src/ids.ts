/** Identifiers that are checked when they are read, and their digests. */

import { sha256 as hash } from "@noble/hashes/sha2.js";
import { bytesToHex, concatBytes } from "@noble/hashes/utils.js";
import { DID_BYTES_MAX, MEMBER_ID_CHARS_MAX, NETWORK_NAME_CHARS_MAX } from "./limits.js";
import { utf8Bytes } from "./wire.js";

export { concatBytes };

/** Why a text is not the identifier it should be. */
export class IdError extends Error {
  override name = "IdError";
}

/** SHA-256 of the parts one after another. */
export function sha256(...parts: Uint8Array[]): Uint8Array {
  return hash(parts.length === 1 ? (parts[0] as Uint8Array) : concatBytes(...parts));
}

/** Lower-case hexadecimal. */
export function hex(bytes: Uint8Array): string {
  return bytesToHex(bytes);
}

/** The bytes of hexadecimal text of either case, or `undefined` where it is none. */
export function fromHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) return undefined;
  return Uint8Array.from({ length: text.length / 2 }, (_, index) => Number.parseInt(text.slice(2 * index, 2 * index + 2), 16));
}

function refuse(what: string, text: string, rule: string): never {
  throw new IdError(`${what} \`${[...text].slice(0, 64).join("")}\` is not valid: ${rule}`);
}

function isSlug(text: string, charsMax: number): boolean {
  return text.length <= charsMax && /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(text);
}

const SLUG_RULE = "write 1 to 24 lower-case letters, digits or inner hyphens";

/** Checks a member's short name, such as `est`. */
export function memberId(text: string): string {
  return isSlug(text, MEMBER_ID_CHARS_MAX) ? text : refuse("member", text, SLUG_RULE);
}

/** The ledger shared by every member. */
export const COMMON = "common";

/** Checks a compartment's name. */
export function compartment(text: string): string {
  return isSlug(text, MEMBER_ID_CHARS_MAX) ? text : refuse("compartment", text, SLUG_RULE);
}

/** Checks a network id: name, dot, the first 16 hexadecimal digits of the genesis digest. */
export function networkId(text: string): string {
  const dot = text.lastIndexOf(".");
  const valid = dot > 0 && isSlug(text.slice(0, dot), NETWORK_NAME_CHARS_MAX) && /^[0-9a-f]{16}$/.test(text.slice(dot + 1));
  const rule = "write the network's name, a dot and the first 16 hexadecimal digits of its genesis digest";
  return valid ? text : refuse("network", text, rule);
}

/** Checks a DID (W3C DID Core 1.0 section 3.1) without path, query or fragment. */
export function did(text: string): string {
  const form = /^did:[a-z0-9]+:(?:[A-Za-z0-9._:-]|%[0-9A-Fa-f]{2})+$/;
  const valid = utf8Bytes(text).length <= DID_BYTES_MAX && form.test(text) && !text.endsWith(":");
  const rule =
    "write did:METHOD:ID with a lower-case method and letters, digits, `.`, `-`, `_`, `:` or %XX in the id, at most 224 bytes";
  return valid ? text : refuse("DID", text, rule);
}

/** Checks a digest: 64 hexadecimal digits. */
export function digest(text: string): Uint8Array {
  const bytes = fromHex(text);
  return bytes?.length === 32 ? bytes : refuse("digest", text, "write 64 hexadecimal digits");
}
