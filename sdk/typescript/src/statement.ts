/**
 * The signed statement: the only way anything enters the ledger.
 *
 * ```text
 * 18([ << {1: alg, 3: 60, 4: kid, 15: {1: signer DID, 2: subject, 3: network}} >>, {},
 *      << [1, compartment / null, label / null, lane, sequence, not_after, assurance, [+ [module, << body >>]]] >>, signature ])
 * ```
 *
 * Flow: {@link StatementBuilder} collects what it says; `sign` signs it here, `unsigned` gives the bytes to sign elsewhere and takes the
 * signature; {@link Statement.decode} reads one strictly, as every node does. Its id is SHA-256 of its bytes.
 *
 * Invariants: a `Statement` in hand has every length within its limit and every part canonical. Its signature is checked by who has the key.
 */

import { check, CborError, type CborValue, encode } from "./cbor.js";
import { COMMON, compartment as checkCompartment, did, hex, IdError, memberId, networkId, sha256 } from "./ids.js";
import {
  type Algorithm,
  algorithmOf,
  coseId,
  type PublicKey,
  SignatureError,
  signatureBytes,
  type SigningKey,
  sigStructure,
} from "./keys.js";
import {
  ACTION_BYTES_MAX,
  IDENTIFIER_BYTES_MAX,
  LABEL_MEMBERS_MAX,
  LANES_MAX,
  MODULE_NAME_BYTES_MAX,
  STATEMENT_ACTIONS_MAX,
  STATEMENT_BYTES_MAX,
} from "./limits.js";
import { Reader, utf8Bytes, WireError, Writer } from "./wire.js";

/** `application/cbor` by its CoAP number (RFC 8949 section 9.5). */
const CONTENT_TYPE = 60n;
const STATEMENT_VERSION = 1n;

/** How sensitive the content is, lowest first. */
export const CLASSIFICATIONS = ["unclassified", "restricted", "confidential", "secret"] as const;
export type Classification = (typeof CLASSIFICATIONS)[number];

/** Who may read: no member listed means every reader of the lane. */
export interface Label {
  classification: Classification;
  releasableTo: readonly string[];
}

/** Whose hand holds the key that signed. */
export const ASSURANCES = ["own_key", "held_by_node"] as const;
export type Assurance = (typeof ASSURANCES)[number];

/** One thing to do, for one module. All actions of a statement happen or none does. */
export interface Action {
  /** Such as `custody`. */
  module: string;
  /** One deterministic CBOR item. */
  body: Uint8Array;
}

const FAULTS = {
  truncated: [1001, "send the whole statement"],
  tooLarge: [1002, "split the work over several statements"],
  trailing: [1003, "send the statement alone, with nothing after it or its parts"],
  notCanonical: [1004, "encode it deterministically (RFC 8949 section 4.2.1) and sign again"],
  wrongType: [1005, "build the statement per the statement format and sign again"],
  unknownMember: [1006, "send exactly the members of this version, in order, and sign again"],
  outOfRange: [1007, "correct the value and sign again"],
  unsigned: [1008, "sign the statement before sending it"],
  unknownAlgorithm: [1009, "sign with Ed25519, ES256 or ML-DSA-65"],
  unprotectedHeader: [1010, "leave the unprotected header empty; take receipts off first"],
  tooDeep: [1011, "flatten the action's body and sign again"],
  unknownFormat: [1012, "use statement format version 1"],
  badText: [1013, "correct the text and sign again"],
  wrongNetwork: [1014, "send it to the network it was signed for, or sign it for this one"],
  badSignature: [1015, "sign the exact bytes again with the key that the statement names"],
  wrongKey: [1016, "use the key that the statement names, or name the key that signs"],
} as const;

/** What is wrong with a statement. */
export type Fault = keyof typeof FAULTS;

/** A refused statement: which field, what is wrong with it, what to do. */
export class StatementError extends Error {
  override name = "StatementError";
  /** The stable number of the fault, the same that a node answers with. */
  readonly number: number;
  /** What to do about it. */
  readonly remedy: string;

  constructor(
    readonly fault: Fault,
    /** Such as `protected header: kid`. */
    readonly field: string,
    /** The fault in plain words. */
    readonly detail: string,
  ) {
    const [number, remedy] = FAULTS[fault];
    super(`${number}: ${field}: ${detail}; ${remedy}`);
    this.number = number;
    this.remedy = remedy;
  }
}

const WIRE_FAULTS = {
  truncated: "truncated",
  trailing: "trailing",
  notShortest: "notCanonical",
  wrongType: "wrongType",
  outOfRange: "outOfRange",
  notUtf8: "badText",
} as const satisfies Record<string, Fault>;

/** Gives a fault of a reader or an identifier the name of the field being read. */
function named<T>(field: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof WireError) throw new StatementError(WIRE_FAULTS[error.fault], field, error.message);
    if (error instanceof IdError) throw new StatementError("badText", field, error.message);
    throw error;
  }
}

function label(reader: Reader, expected: bigint, field: string): void {
  const found = named(field, () => reader.int());
  if (found === expected) return;
  throw new StatementError("unknownMember", field, `member ${found} stands where member ${expected} belongs`);
}

function members(found: number, expected: number, field: string): void {
  if (found === expected) return;
  throw new StatementError("unknownMember", field, `it has ${found} members instead of ${expected}`);
}

interface ProtectedHeader {
  algorithm: Algorithm;
  keyId: Uint8Array;
  signer: string;
  subject: string;
  network: string;
}

/** What is signed, apart from who signs it for which network. */
export interface Content {
  /** The ledger it is for; `common` is the one that all share. */
  compartment: string;
  label: Label;
  /** 0 to 63. */
  lane: number;
  /** Exactly the next of its lane, from 0. */
  sequence: bigint;
  /** Past this block time, milliseconds since 1970, it can never execute. */
  notAfterMs: bigint;
  assurance: Assurance;
  /** At least one. */
  actions: readonly Action[];
}

/** A strictly decoded signed statement with its bytes. */
export class Statement {
  private constructor(
    /** Exactly as decoded. */
    readonly bytes: Uint8Array,
    /** The content of the protected header. */
    readonly protectedHeader: Uint8Array,
    /** The content of the payload. */
    readonly payload: Uint8Array,
    readonly signature: Uint8Array,
    private readonly head: ProtectedHeader,
    /** Everything else that is signed. */
    readonly content: Content,
  ) {
    this.digest = sha256(bytes);
    this.id = hex(this.digest);
  }

  /** The id's 32 bytes: the entry in the statement log. */
  readonly digest: Uint8Array;
  /** SHA-256 of the bytes, in hexadecimal. */
  readonly id: string;

  /**
   * Decodes exactly one submitted statement that fills `bytes`. Form only: the signature is checked by {@link Statement.verify}.
   *
   * @throws {StatementError} the first fault in reading order.
   */
  static decode(bytes: Uint8Array): Statement {
    if (bytes.length > STATEMENT_BYTES_MAX) {
      throw new StatementError("tooLarge", "statement", `${bytes.length} bytes, at most ${STATEMENT_BYTES_MAX}`);
    }
    const raw = bytes.slice();
    const reader = new Reader(raw);
    named("statement", () => {
      reader.tag(18n);
      reader.arrayOf(4);
    });
    const protectedHeader = named("protected header", () => reader.bytes());
    if (named("unprotected header", () => reader.map()) !== 0) {
      throw new StatementError("unprotectedHeader", "unprotected header", "it is not empty");
    }
    if (reader.null()) throw new StatementError("wrongType", "payload", "it is detached");
    const payload = named("payload", () => reader.bytes());
    const signature = named("signature", () => reader.bytes());
    named("statement", () => reader.end());
    const head = decodeProtected(protectedHeader);
    checkSignatureLength(head.algorithm, signature.length);
    return new Statement(raw, protectedHeader, payload, signature, head, decodeContent(payload));
  }

  get algorithm(): Algorithm {
    return this.head.algorithm;
  }

  /** The id of the key that it names, in hexadecimal. */
  get keyId(): string {
    return hex(this.head.keyId);
  }

  /** Who signed (CWT `iss`). */
  get signer(): string {
    return this.head.signer;
  }

  /** What it is about (CWT `sub`). */
  get subject(): string {
    return this.head.subject;
  }

  /** The network it is for (CWT `aud`). */
  get network(): string {
    return this.head.network;
  }

  /** The bytes that the key signed (RFC 9052 section 4.4). */
  signedBytes(): Uint8Array {
    return sigStructure(this.protectedHeader, this.payload);
  }

  /** Refuses a statement made for another network. */
  checkNetwork(network: string): void {
    if (this.network === network) return;
    const detail = `it was signed for \`${this.network}\` and this is \`${network}\``;
    throw new StatementError("wrongNetwork", "CWT claims: aud", detail);
  }

  /** Checks the signature under `key`, which must be the one that the statement names. */
  verify(key: PublicKey): void {
    if (this.algorithm !== key.algorithm || this.keyId !== key.id) {
      const detail = `it names ${this.algorithm} key ${this.keyId} and was given ${key.algorithm} key ${key.id}`;
      throw new StatementError("wrongKey", "protected header: kid", detail);
    }
    try {
      key.verify(this.signedBytes(), this.signature);
    } catch (error) {
      if (error instanceof SignatureError) throw new StatementError("badSignature", "signature", error.message);
      throw error;
    }
  }
}

function checkSignatureLength(algorithm: Algorithm, found: number): void {
  if (found === 0) throw new StatementError("unsigned", "signature", "it is empty");
  const expected = signatureBytes(algorithm);
  if (found !== expected) {
    throw new StatementError("badSignature", "signature", `${found} bytes, and ${algorithm} has ${expected}`);
  }
}

function decodeProtected(bytes: Uint8Array): ProtectedHeader {
  const FIELD = "protected header";
  const CLAIMS = "CWT claims";
  const reader = new Reader(bytes);
  members(named(FIELD, () => reader.map()), 4, FIELD);
  label(reader, 1n, FIELD);
  const id = named("protected header: alg", () => reader.int());
  const algorithm = algorithmOf(id);
  if (algorithm === undefined) {
    throw new StatementError("unknownAlgorithm", "protected header: alg", `COSE algorithm ${id} is not known here`);
  }
  label(reader, 3n, FIELD);
  const contentType = named("protected header: content type", () => reader.uint());
  if (contentType !== CONTENT_TYPE) {
    const detail = `it is ${contentType}, not ${CONTENT_TYPE} (application/cbor)`;
    throw new StatementError("unknownFormat", "protected header: content type", detail);
  }
  label(reader, 4n, FIELD);
  const keyId = named("protected header: kid", () => reader.bytesExact(8));
  label(reader, 15n, FIELD);
  members(named(CLAIMS, () => reader.map()), 3, CLAIMS);
  label(reader, 1n, CLAIMS);
  const signer = named("CWT claims: iss", () => did(reader.text()));
  label(reader, 2n, CLAIMS);
  const subject = named("CWT claims: sub", () => reader.text());
  const length = utf8Bytes(subject).length;
  if (length === 0 || length > IDENTIFIER_BYTES_MAX) {
    throw new StatementError("outOfRange", "CWT claims: sub", `${length} bytes, 1 to ${IDENTIFIER_BYTES_MAX}`);
  }
  label(reader, 3n, CLAIMS);
  const network = named("CWT claims: aud", () => networkId(reader.text()));
  named(FIELD, () => reader.end());
  return { algorithm, keyId, signer, subject, network };
}

function decodeContent(payload: Uint8Array): Content {
  const FIELD = "payload";
  const reader = new Reader(payload);
  const length = named(FIELD, () => reader.array());
  const version = named("payload: version", () => reader.uint());
  if (version !== STATEMENT_VERSION) {
    throw new StatementError("unknownFormat", "payload: version", `version ${version} is not known here`);
  }
  members(length, 8, FIELD);
  const compartment = decodeCompartment(reader);
  const releasable = decodeLabel(reader);
  const lane = Number(named("payload: lane", () => reader.uintMax(BigInt(LANES_MAX - 1))));
  const sequence = named("payload: sequence", () => reader.uint());
  const notAfterMs = named("payload: not_after", () => reader.uint());
  const number = named("payload: assurance", () => reader.uint());
  const assurance = number < 2n ? ASSURANCES[Number(number)] : undefined;
  if (assurance === undefined) {
    throw new StatementError("outOfRange", "payload: assurance", `assurance ${number} is not known here`);
  }
  const count = named("payload: actions", () => reader.array());
  if (count === 0 || count > STATEMENT_ACTIONS_MAX) {
    throw new StatementError("outOfRange", "payload: actions", `${count} actions, 1 to ${STATEMENT_ACTIONS_MAX}`);
  }
  const actions = Array.from({ length: count }, () => decodeAction(reader));
  named(FIELD, () => reader.end());
  return { compartment, label: releasable, lane, sequence, notAfterMs, assurance, actions };
}

function decodeCompartment(reader: Reader): string {
  const FIELD = "payload: compartment";
  if (reader.null()) return COMMON;
  const name = named(FIELD, () => checkCompartment(reader.text()));
  if (name === COMMON) throw new StatementError("notCanonical", FIELD, "the common ledger is written null");
  return name;
}

function decodeLabel(reader: Reader): Label {
  const FIELD = "payload: label";
  if (reader.null()) return { classification: "unclassified", releasableTo: [] };
  named(FIELD, () => reader.arrayOf(2));
  const number = named(FIELD, () => reader.uint());
  const classification = number < 4n ? CLASSIFICATIONS[Number(number)] : undefined;
  if (classification === undefined) {
    throw new StatementError("outOfRange", FIELD, `classification ${number} is not known here`);
  }
  const count = named(FIELD, () => reader.array());
  if (count > LABEL_MEMBERS_MAX) {
    throw new StatementError("outOfRange", FIELD, `${count} members, at most ${LABEL_MEMBERS_MAX}`);
  }
  const releasableTo: string[] = [];
  for (let left = count; left > 0; left--) {
    const member = named(FIELD, () => memberId(reader.text()));
    const last = releasableTo.at(-1);
    if (last !== undefined && last >= member) {
      throw new StatementError("notCanonical", FIELD, "its members are not in ascending order without repetition");
    }
    releasableTo.push(member);
  }
  if (isOpen({ classification, releasableTo })) {
    throw new StatementError("notCanonical", FIELD, "an open label is written null");
  }
  return { classification, releasableTo };
}

function isOpen(label: Label): boolean {
  return label.classification === "unclassified" && label.releasableTo.length === 0;
}

function decodeAction(reader: Reader): Action {
  const MODULE = "payload: actions: module";
  const BODY = "payload: actions: body";
  named("payload: actions", () => reader.arrayOf(2));
  const module = named(MODULE, () => reader.text());
  if (module.length > MODULE_NAME_BYTES_MAX || !/^[a-z][a-z0-9-]*$/.test(module)) {
    const detail = `write 1 to ${MODULE_NAME_BYTES_MAX} lower-case letters, digits or hyphens, a letter first`;
    throw new StatementError("badText", MODULE, detail);
  }
  const body = named(BODY, () => reader.bytes());
  if (body.length > ACTION_BYTES_MAX) {
    throw new StatementError("tooLarge", BODY, `${body.length} bytes, at most ${ACTION_BYTES_MAX}`);
  }
  try {
    check(body);
  } catch (error) {
    if (error instanceof CborError) throw new StatementError(bodyFault(error.rule), BODY, error.message);
    throw error;
  }
  return { module, body };
}

function bodyFault(rule: string): Fault {
  if (rule.includes("deep")) return "tooDeep";
  if (rule.includes("follow")) return "trailing";
  return rule.includes("short") || rule.includes("past") ? "truncated" : "notCanonical";
}

/** Collects what a statement says. Lane 0, sequence 0, the common ledger, no label and the signer's own key are the defaults. */
export class StatementBuilder {
  #subject: string | undefined;
  #compartment = COMMON;
  #label: Label = { classification: "unclassified", releasableTo: [] };
  #lane = 0;
  #sequence = 0n;
  #assurance: Assurance = "own_key";
  #actions: Action[] = [];

  /**
   * @param network The network's id, such as `baltic.ba7816bf8f01cfea`.
   * @param signer The DID of who signs.
   * @param notAfterMs Until which block time it can execute, milliseconds since 1970.
   */
  constructor(
    private readonly network: string,
    private readonly signer: string,
    private notAfterMs_: bigint | number,
  ) {}

  /** What it is about, such as the first object's identifier; otherwise the first action's module. */
  subject(subject: string): this {
    this.#subject = subject;
    return this;
  }

  /** The ledger it is for. */
  compartment(name: string): this {
    this.#compartment = name;
    return this;
  }

  /** Who may read it. */
  label(classification: Classification, releasableTo: readonly string[]): this {
    this.#label = { classification, releasableTo: [...new Set(releasableTo)].sort() };
    return this;
  }

  /** The lane, 0 to 63, and the place in it. */
  sequence(lane: number, sequence: bigint | number): this {
    this.#lane = lane;
    this.#sequence = BigInt(sequence);
    return this;
  }

  /** Until which block time it can execute. */
  notAfter(notAfterMs: bigint | number): this {
    this.notAfterMs_ = notAfterMs;
    return this;
  }

  /** Whose hand holds the key. */
  assurance(assurance: Assurance): this {
    this.#assurance = assurance;
    return this;
  }

  /** Adds an action whose body is `action` in deterministic CBOR. */
  action(module: string, action: CborValue): this {
    return this.encodedAction(module, encode(action));
  }

  /** Adds an action whose body is encoded already. */
  encodedAction(module: string, body: Uint8Array): this {
    this.#actions.push({ module, body });
    return this;
  }

  /** The statement without its signature, for the key `key`. */
  unsigned(key: PublicKey): UnsignedStatement {
    const subject = this.#subject ?? this.#actions[0]?.module ?? "statement";
    const head = new Writer().map(4).int(1n).int(coseId(key.algorithm)).int(3n).uint(CONTENT_TYPE);
    head.int(4n).bytes(key.keyId).int(15n).map(3);
    head.int(1n).text(this.signer).int(2n).text(subject).int(3n).text(this.network);
    return new UnsignedStatement(head.finish(), this.#payload());
  }

  #payload(): Uint8Array {
    const writer = new Writer().array(8).uint(STATEMENT_VERSION);
    if (this.#compartment === COMMON) writer.null();
    else writer.text(this.#compartment);
    if (isOpen(this.#label)) writer.null();
    else {
      writer.array(2).uint(BigInt(CLASSIFICATIONS.indexOf(this.#label.classification)));
      writer.array(this.#label.releasableTo.length);
      for (const member of this.#label.releasableTo) writer.text(member);
    }
    const within64 = (field: string, value: bigint): bigint => {
      if (value >= 0n && value < 1n << 64n) return value;
      throw new StatementError("outOfRange", field, `${value} is not 0 to 2^64 - 1`);
    };
    writer.uint(within64("payload: lane", BigInt(this.#lane)));
    writer.uint(within64("payload: sequence", this.#sequence));
    writer.uint(within64("payload: not_after", BigInt(this.notAfterMs_)));
    writer.uint(BigInt(ASSURANCES.indexOf(this.#assurance))).array(this.#actions.length);
    for (const { module, body } of this.#actions) writer.array(2).text(module).bytes(body);
    return writer.finish();
  }

  /**
   * Signs with `key` and checks the result as a receiver would.
   *
   * @throws {StatementError} whatever {@link Statement.decode} refuses, such as no action.
   */
  sign(key: SigningKey): Statement {
    const unsigned = this.unsigned(key.publicKey);
    return unsigned.attach(key.sign(unsigned.toBeSigned()));
  }

  /**
   * As {@link StatementBuilder.sign}, with a key that takes its time: in the browser, in hardware, behind a dialogue. The signature is
   * checked, for what signed is not this program.
   *
   * @throws {StatementError} also where the signature does not hold.
   */
  async signWith(key: StatementKey): Promise<Statement> {
    const unsigned = this.unsigned(key.publicKey);
    const statement = unsigned.attach(await key.sign(unsigned.toBeSigned()));
    statement.verify(key.publicKey);
    return statement;
  }
}

/** What signs: a key in memory ({@link SigningKey}), in the browser ({@link WebCryptoKey}), in hardware. */
export interface StatementKey {
  readonly publicKey: PublicKey;
  sign(message: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

/** A statement that waits for its signature, made here or elsewhere. */
export class UnsignedStatement {
  constructor(
    private readonly protectedHeader: Uint8Array,
    private readonly payload: Uint8Array,
  ) {}

  /** The bytes to sign (RFC 9052 section 4.4). */
  toBeSigned(): Uint8Array {
    return sigStructure(this.protectedHeader, this.payload);
  }

  /** Puts the signature on. It is not checked here: who attaches does not always have the key. */
  attach(signature: Uint8Array): Statement {
    const writer = new Writer().tag(18n).array(4).bytes(this.protectedHeader).map(0);
    return Statement.decode(writer.bytes(this.payload).bytes(signature).finish());
  }
}
