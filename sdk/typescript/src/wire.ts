/**
 * A strict reader and a writer of deterministic CBOR (RFC 8949 section 4.2.1) for formats decoded by hand.
 *
 * What the reader accepts, the writer would have written: shortest heads, definite lengths, no floats, no tags but those asked for. General
 * CBOR decoders read more than one encoding of a value, and here two byte strings must never be the same statement.
 *
 * Invariants: nothing is read past the end, nothing is allocated for a length whose bytes are not there, and a fault has the offset of the
 * first byte at fault. Unsigned integers are `bigint`, for they go to 2^64 - 1.
 */

const WORDS = {
  truncated: "the bytes end inside this item",
  trailing: "bytes follow the last item",
  notShortest: "the encoding is not the shortest, definite-length one",
  wrongType: "an item of another type stands here",
  outOfRange: "the number is outside the range of this field",
  notUtf8: "the text is not UTF-8",
} as const;

/** What is wrong with the bytes at an offset. */
export type WireFault = keyof typeof WORDS;

/** A fault and where it is. */
export class WireError extends Error {
  override name = "WireError";

  constructor(
    readonly fault: WireFault,
    /** Offset in the bytes given to the reader. */
    readonly at: number,
  ) {
    super(`${WORDS[fault]} (byte ${at})`);
  }
}

const UINT = 0;
const NINT = 1;
const BYTES = 2;
const TEXT = 3;
const ARRAY = 4;
const MAP = 5;
const TAG = 6;
const NULL = 0xf6;
const INT64_MAX = 0x7fff_ffff_ffff_ffffn;

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** The text of UTF-8 bytes, or `undefined` where they are not UTF-8. */
export function utf8(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/** The UTF-8 bytes of a text. */
export function utf8Bytes(text: string): Uint8Array {
  return encoder.encode(text);
}

/** Reads items one after another. */
export class Reader {
  #at = 0;

  constructor(private readonly bytes_: Uint8Array) {}

  /** Offset of the next item. */
  get at(): number {
    return this.#at;
  }

  #fail(fault: WireFault): never {
    throw new WireError(fault, this.#at);
  }

  #head(major: number): bigint {
    const first = this.bytes_[this.#at];
    if (first === undefined) this.#fail("truncated");
    if (first >> 5 !== major) this.#fail("wrongType");
    const info = first & 0x1f;
    if (info < 24) {
      this.#at += 1;
      return BigInt(info);
    }
    return this.#longHead(info);
  }

  #longHead(info: number): bigint {
    if (info > 27) this.#fail("notShortest");
    const width = 1 << (info - 24);
    const raw = this.bytes_.subarray(this.#at + 1, this.#at + 1 + width);
    if (raw.length < width) this.#fail("truncated");
    let argument = 0n;
    for (const byte of raw) argument = (argument << 8n) | BigInt(byte);
    const least = width === 1 ? 24n : 1n << BigInt(4 * width);
    if (argument < least) this.#fail("notShortest");
    this.#at += 1 + width;
    return argument;
  }

  /** Reads an unsigned integer. */
  uint(): bigint {
    return this.#head(UINT);
  }

  /** Reads an unsigned integer of at most `max`. */
  uintMax(max: bigint): bigint {
    const start = this.#at;
    const value = this.uint();
    if (value > max) {
      this.#at = start;
      this.#fail("outOfRange");
    }
    return value;
  }

  /** Reads the unsigned integer `expected`, such as a version. */
  uintExact(expected: bigint): void {
    const start = this.#at;
    if (this.uint() !== expected) {
      this.#at = start;
      this.#fail("outOfRange");
    }
  }

  /** Reads an integer of either sign that fits 64 bits. */
  int(): bigint {
    const start = this.#at;
    const negative = (this.bytes_[start] ?? 0) >> 5 === NINT;
    const argument = this.#head(negative ? NINT : UINT);
    if (argument > INT64_MAX) {
      this.#at = start;
      this.#fail("outOfRange");
    }
    return negative ? -1n - argument : argument;
  }

  #string(major: number): Uint8Array {
    const start = this.#at;
    const length = this.#head(major);
    if (length > BigInt(this.bytes_.length - this.#at)) {
      this.#at = start;
      this.#fail("truncated");
    }
    const content = this.bytes_.subarray(this.#at, this.#at + Number(length));
    this.#at += content.length;
    return content;
  }

  /** Reads a byte string: a view, not a copy. */
  bytes(): Uint8Array {
    return this.#string(BYTES);
  }

  /** Reads a byte string of exactly `length` bytes. */
  bytesExact(length: number): Uint8Array {
    const start = this.#at;
    const content = this.bytes();
    if (content.length !== length) {
      this.#at = start;
      this.#fail("outOfRange");
    }
    return content;
  }

  /** Reads a text string. */
  text(): string {
    const start = this.#at;
    const text = utf8(this.#string(TEXT));
    if (text === undefined) {
      this.#at = start;
      this.#fail("notUtf8");
    }
    return text;
  }

  /** Every item takes a byte at least, so a length past the bytes left is a truncation. */
  #container(major: number, bytesPerItem: number): number {
    const start = this.#at;
    const length = this.#head(major);
    const left = Math.floor((this.bytes_.length - this.#at) / bytesPerItem);
    if (length > BigInt(left)) {
      this.#at = start;
      this.#fail("truncated");
    }
    return Number(length);
  }

  /** Reads the head of an array and returns its length. */
  array(): number {
    return this.#container(ARRAY, 1);
  }

  /** Reads the head of an array of exactly `length` items. */
  arrayOf(length: number): void {
    const start = this.#at;
    if (this.array() !== length) {
      this.#at = start;
      this.#fail("outOfRange");
    }
  }

  /** Reads the head of a map and returns how many pairs it has. */
  map(): number {
    return this.#container(MAP, 2);
  }

  /** Reads the tag `number`. */
  tag(number: bigint): void {
    const start = this.#at;
    if (this.#head(TAG) !== number) {
      this.#at = start;
      this.#fail("wrongType");
    }
  }

  /** Reads `null` if it stands here, and says whether it did. */
  null(): boolean {
    const isNull = this.bytes_[this.#at] === NULL;
    if (isNull) this.#at += 1;
    return isNull;
  }

  /** Ends the reading: nothing may follow. */
  end(): void {
    if (this.#at !== this.bytes_.length) this.#fail("trailing");
  }
}

/** Appends items to a buffer. The order of map keys is the caller's. */
export class Writer {
  #parts: Uint8Array[] = [];
  #length = 0;

  /** The bytes written. */
  finish(): Uint8Array {
    const bytes = new Uint8Array(this.#length);
    let at = 0;
    for (const part of this.#parts) {
      bytes.set(part, at);
      at += part.length;
    }
    return bytes;
  }

  #head(major: number, argument: bigint): this {
    const top = major << 5;
    if (argument < 24n) return this.raw(Uint8Array.of(top | Number(argument)));
    const power = argument < 0x100n ? 0 : argument < 0x1_0000n ? 1 : argument < 0x1_0000_0000n ? 2 : 3;
    const width = 1 << power;
    const bytes = new Uint8Array(1 + width);
    bytes[0] = top | (24 + power);
    for (let index = 0; index < width; index++) {
      bytes[width - index] = Number((argument >> BigInt(8 * index)) & 0xffn);
    }
    return this.raw(bytes);
  }

  /** Writes an unsigned integer, 0 to 2^64 - 1. */
  uint(value: bigint): this {
    return this.#head(UINT, value);
  }

  /** Writes an integer of either sign, -2^64 to 2^64 - 1. */
  int(value: bigint): this {
    return value < 0n ? this.#head(NINT, -1n - value) : this.#head(UINT, value);
  }

  /** Writes a byte string. */
  bytes(content: Uint8Array): this {
    return this.#head(BYTES, BigInt(content.length)).raw(content);
  }

  /** Writes a text string. */
  text(content: string): this {
    const bytes = utf8Bytes(content);
    return this.#head(TEXT, BigInt(bytes.length)).raw(bytes);
  }

  /** Writes the head of an array. */
  array(length: number): this {
    return this.#head(ARRAY, BigInt(length));
  }

  /** Writes the head of a map. */
  map(pairs: number): this {
    return this.#head(MAP, BigInt(pairs));
  }

  /** Writes a tag. */
  tag(number: bigint): this {
    return this.#head(TAG, number);
  }

  /** Writes `null`. */
  null(): this {
    return this.raw(Uint8Array.of(NULL));
  }

  /** Appends bytes that are encoded already. */
  raw(encoded: Uint8Array): this {
    this.#parts.push(encoded);
    this.#length += encoded.length;
    return this;
  }
}
