/**
 * Deterministic CBOR (RFC 8949 section 4.2.1) of the values that actions are made of, and the check of it.
 *
 * Flow: {@link encode} writes a value with its map keys in bytewise order; {@link check} refuses bytes that are not the one right form of
 * one item. Left out on purpose: floats, simple values other than `false`, `true` and `null`, indefinite lengths, bignums.
 */

import { CBOR_DEPTH_MAX } from "./limits.js";
import { utf8, Writer } from "./wire.js";

/** What can be encoded. A `number` has to be a safe integer; use `bigint` beyond. A plain object is a map with text keys. */
export type CborValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly CborValue[]
  | ReadonlyMap<CborValue, CborValue>
  | { readonly [key: string]: CborValue | undefined };

/** Why a value has no deterministic CBOR, or bytes are not deterministic CBOR. */
export class CborError extends Error {
  override name = "CborError";

  constructor(
    message: string,
    /** The rule that is broken. */
    readonly rule: string,
  ) {
    super(message);
  }
}

function form(at: number, rule: string): CborError {
  const remedy = "encode it again per RFC 8949 section 4.2.1";
  return new CborError(`not deterministic CBOR at byte ${at}: ${rule}; ${remedy}`, rule);
}

/** Orders encodings byte by byte. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/**
 * Encodes `value` deterministically. Members of objects that are `undefined` are left out.
 *
 * @throws {CborError} for a fraction, an integer outside 64 bits, a repeated key, a value of another type, or nesting past 32.
 */
export function encode(value: CborValue): Uint8Array {
  const writer = new Writer();
  write(writer, value, 0);
  return writer.finish();
}

function cannot(what: string): CborError {
  return new CborError(`no deterministic CBOR for ${what}`, what);
}

function write(writer: Writer, value: CborValue, depth: number): void {
  if (depth > CBOR_DEPTH_MAX) throw cannot(`a value nested more than ${CBOR_DEPTH_MAX} deep`);
  if (value === null) writer.null();
  else if (typeof value === "boolean") writer.raw(Uint8Array.of(value ? 0xf5 : 0xf4));
  else if (typeof value === "number") {
    if (!Number.isSafeInteger(value)) throw cannot(`the number ${value}: write an integer, a bigint beyond 2^53, or text`);
    writer.int(BigInt(value));
  } else if (typeof value === "bigint") {
    if (value < -(1n << 64n) || value >= 1n << 64n) throw cannot(`${value}: an integer fits 64 bits`);
    writer.int(value);
  } else if (typeof value === "string") {
    if (!isWellFormed(value)) throw cannot("text with half a surrogate pair");
    writer.text(value);
  } else if (value instanceof Uint8Array) writer.bytes(value);
  else if (Array.isArray(value)) {
    writer.array(value.length);
    for (const item of value as readonly CborValue[]) write(writer, item, depth + 1);
  } else if (typeof value === "object") writeMap(writer, value as Exclude<typeof value, readonly CborValue[]>, depth);
  else throw cannot(`a ${typeof value}`);
}

function isWellFormed(text: string): boolean {
  return !/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(text);
}

function writeMap(
  writer: Writer,
  value: ReadonlyMap<CborValue, CborValue> | { readonly [key: string]: CborValue | undefined },
  depth: number,
): void {
  const entries = value instanceof Map ? [...value] : Object.entries(value).filter(([, member]) => member !== undefined);
  const item = (part: CborValue): Uint8Array => {
    const inner = new Writer();
    write(inner, part, depth + 1);
    return inner.finish();
  };
  const pairs = entries.map(([key, member]) => [item(key as CborValue), item(member as CborValue)] as const);
  pairs.sort(([a], [b]) => compareBytes(a, b));
  writer.map(pairs.length);
  pairs.forEach(([key, member], index) => {
    const before = pairs[index - 1];
    if (before && compareBytes(before[0], key) === 0) throw cannot("a map with a repeated key");
    writer.raw(key).raw(member);
  });
}

/**
 * Checks that `bytes` is exactly one deterministic item; tags other than bignums may occur in it.
 *
 * @throws {CborError} with the offset and the rule that is broken.
 */
export function check(bytes: Uint8Array): void {
  const end = skip(bytes, 0, 0);
  if (end !== bytes.length) throw form(end, "bytes follow the item");
}

interface Head {
  major: number;
  argument: bigint;
  end: number;
}

function head(bytes: Uint8Array, at: number): Head {
  const first = bytes[at];
  if (first === undefined) throw form(at, "the item is cut short");
  const major = first >> 5;
  const info = first & 0x1f;
  if (info < 24) return { major, argument: BigInt(info), end: at + 1 };
  if (info === 31) throw form(at, "indefinite length");
  if (info > 27) throw form(at, "reserved length code");
  const width = 1 << (info - 24);
  const raw = bytes.subarray(at + 1, at + 1 + width);
  if (raw.length < width) throw form(at, "the item is cut short");
  let argument = 0n;
  for (const byte of raw) argument = (argument << 8n) | BigInt(byte);
  const least = width === 1 ? 24n : 1n << BigInt(4 * width);
  if (argument < least && major !== 7) throw form(at, "an integer or length is longer than needed");
  return { major, argument, end: at + 1 + width };
}

function span(bytes: Uint8Array, start: number, length: bigint, at: number): number {
  if (length > BigInt(bytes.length - start)) throw form(at, "a length runs past the end");
  return start + Number(length);
}

/** Checks the item at `at` and returns the offset behind it. */
function skip(bytes: Uint8Array, at: number, depth: number): number {
  if (depth > CBOR_DEPTH_MAX) throw form(at, "nested too deeply");
  const { major, argument, end } = head(bytes, at);
  switch (major) {
    case 0:
    case 1:
      return end;
    case 2:
      return span(bytes, end, argument, at);
    case 3: {
      const stop = span(bytes, end, argument, at);
      if (utf8(bytes.subarray(end, stop)) === undefined) throw form(at, "text is not UTF-8");
      return stop;
    }
    case 4: {
      let next = end;
      for (let left = argument; left > 0n; left--) next = skip(bytes, next, depth + 1);
      return next;
    }
    case 5:
      return skipMap(bytes, end, argument, depth);
    case 6:
      if (argument === 2n || argument === 3n) throw form(at, "bignums are not used");
      return skip(bytes, end, depth + 1);
    default: {
      const info = (bytes[at] ?? 0) & 0x1f;
      if (info >= 20 && info <= 22) return end;
      if (info >= 25) throw form(at, "floating point numbers are not used");
      throw form(at, "a simple value other than false, true or null");
    }
  }
}

function skipMap(bytes: Uint8Array, start: number, pairs: bigint, depth: number): number {
  let next = start;
  let previous: Uint8Array | undefined;
  for (let left = pairs; left > 0n; left--) {
    const keyEnd = skip(bytes, next, depth + 1);
    const key = bytes.subarray(next, keyEnd);
    const order = previous === undefined ? -1 : compareBytes(previous, key);
    if (order === 0) throw form(next, "a map key is repeated");
    if (order > 0) throw form(next, "map keys are not in bytewise order");
    previous = key;
    next = skip(bytes, keyEnd, depth + 1);
  }
  return next;
}
