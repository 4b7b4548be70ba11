/**
 * Receipts as bytes: COSE Receipts (RFC 9942) in Convoy's profile, transparent statements (RFC 9943) and compact receipts.
 *
 * ```text
 * transparent  a statement with its receipts in the unprotected header: {394: [+ << receipt >>]}
 * receipt      18([protected, {396: {-1: [<< [size, leaf, [+ hash]] >>]}, ? "convoy-block": << evidence >>}, nil, signature])
 * protected    {1: alg, 4: kid, 15: {1: issuer, 2: network, 6: seconds, "height", "time-ms", "log-size"}, 395: 1}
 * evidence     [<< block summary >>, [+ hash]]
 * compact      0x636e7601([1, << statement >> / id, leaf, << path >>, [epoch, height, time, first leaf, accepted, log size],
 *                          << rest digest >>, [view, parent view, << signers >>, << signatures >>], << evidence >> / null])
 * ```
 *
 * Everything is read strictly. Signatures are not checked here; see `verify.ts`.
 */

import { concatBytes, did, hex, IdError, networkId, sha256 } from "./ids.js";
import { type Algorithm, algorithmOf, type PublicKey, SignatureError, sigStructure } from "./keys.js";
import { PATH_LENGTH_MAX, RECEIPTS_MAX, VALIDATORS_MAX } from "./limits.js";
import { BlockSummary, leafHash, rootFromInclusion } from "./log.js";
import { Statement } from "./statement.js";
import { Reader, utf8Bytes, WireError, Writer } from "./wire.js";

/** CBOR tag of a compact receipt: its first bytes are `da 63 6e 76 01`. */
export const TAG_COMPACT = 0x636e_7601n;
/** CBOR tag of a state proof: `da 63 6e 76 02`. */
export const TAG_STATE_PROOF = 0x636e_7602n;

/** Why bytes are not a receipt of ours. */
export class ReceiptError extends Error {
  override name = "ReceiptError";

  static member(part: string, detail: string): ReceiptError {
    return new ReceiptError(`${part}: ${detail}`);
  }
}

/** Gives a fault of a reader or an identifier the name of the part being read. */
function part<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof WireError) throw ReceiptError.member(name, `${error.message}; fetch the receipt again`);
    if (error instanceof IdError) throw ReceiptError.member(name, error.message);
    throw error;
  }
}

function label(reader: Reader, name: string, expected: bigint): void {
  const found = part(name, () => reader.int());
  if (found === expected) return;
  throw ReceiptError.member(name, `member ${found} stands where member ${expected} belongs`);
}

function textLabel(reader: Reader, name: string, expected: string): void {
  const found = part(name, () => reader.text());
  if (found === expected) return;
  throw ReceiptError.member(name, `member \`${found}\` stands where member \`${expected}\` belongs`);
}

function readPath(reader: Reader): Uint8Array[] {
  const at = reader.at;
  const length = reader.array();
  if (length > PATH_LENGTH_MAX) throw new WireError("outOfRange", at);
  return Array.from({ length }, () => reader.bytesExact(32));
}

function readPackedPath(reader: Reader): Uint8Array[] {
  const at = reader.at;
  const packed = reader.bytes();
  if (packed.length % 32 !== 0 || packed.length / 32 > PATH_LENGTH_MAX) throw new WireError("outOfRange", at);
  return Array.from({ length: packed.length / 32 }, (_, index) => packed.subarray(32 * index, 32 * index + 32));
}

/** The summary of the statement's block and the path of the summary's leaf. */
export class BlockEvidence {
  private constructor(
    readonly summary: BlockSummary,
    readonly path: readonly Uint8Array[],
  ) {}

  /** Reads the encoding, and nothing else. */
  static decode(bytes: Uint8Array): BlockEvidence {
    const PART = "receipt: block evidence";
    const reader = new Reader(bytes);
    part(PART, () => reader.arrayOf(2));
    const encoded = part(PART, () => reader.bytes());
    const summary = part("receipt: block summary", () => BlockSummary.decode(encoded));
    const path = part(PART, () => readPath(reader));
    part(PART, () => reader.end());
    return new BlockEvidence(summary, path);
  }

  /** The root that the evidence leads to in a tree of `size` leaves, if it leads anywhere. */
  root(size: bigint): Uint8Array | undefined {
    const leaf = this.summary.leaf();
    return leaf === undefined ? undefined : rootFromInclusion(leafHash(this.summary.entry()), leaf, size, this.path);
  }
}

/** The state of the statement log at a block, as one member vouches for it. */
export interface TreeHead {
  algorithm: Algorithm;
  /** Hexadecimal. */
  keyId: string;
  /** The DID of the member whose node signs. */
  issuer: string;
  network: string;
  height: bigint;
  /** The block's time, milliseconds since 1970. */
  timeMs: bigint;
  /** How many leaves the log has. */
  size: bigint;
}

function decodeClaims(bytes: Uint8Array): TreeHead {
  const HEADER = "receipt: protected header";
  const CLAIMS = "receipt: CWT claims";
  const count = (found: number, expected: number, name: string): void => {
    if (found !== expected) throw ReceiptError.member(name, `it has ${found} members instead of ${expected}`);
  };
  const reader = new Reader(bytes);
  count(part(HEADER, () => reader.map()), 4, HEADER);
  label(reader, HEADER, 1n);
  const alg = part(HEADER, () => reader.int());
  const algorithm = algorithmOf(alg);
  if (algorithm === undefined) {
    throw new ReceiptError(`COSE algorithm ${alg} is not known; Ed25519, ES256 and ML-DSA-65 are`);
  }
  label(reader, HEADER, 4n);
  const keyId = hex(part(HEADER, () => reader.bytesExact(8)));
  label(reader, HEADER, 15n);
  count(part(CLAIMS, () => reader.map()), 6, CLAIMS);
  label(reader, CLAIMS, 1n);
  const issuer = part(CLAIMS, () => did(reader.text()));
  label(reader, CLAIMS, 2n);
  const network = part(CLAIMS, () => networkId(reader.text()));
  label(reader, CLAIMS, 6n);
  const seconds = part(CLAIMS, () => reader.uint());
  const claim = (name: string): bigint => {
    textLabel(reader, CLAIMS, name);
    return part(CLAIMS, () => reader.uint());
  };
  const [height, timeMs, size] = [claim("height"), claim("time-ms"), claim("log-size")];
  label(reader, HEADER, 395n);
  const vds = part(HEADER, () => reader.int());
  if (vds !== 1n) {
    throw new ReceiptError(`verifiable data structure ${vds} is not supported; this verifier knows 1, RFC9162_SHA256`);
  }
  part(HEADER, () => reader.end());
  if (seconds !== timeMs / 1_000n) {
    throw ReceiptError.member(CLAIMS, `claim 6 says ${seconds} s and \`time-ms\` says ${timeMs} ms`);
  }
  return { algorithm, keyId, issuer, network, height, timeMs, size };
}

interface Envelope {
  protectedHeader: Uint8Array;
  proof: Uint8Array;
  evidence: Uint8Array | undefined;
  signature: Uint8Array;
}

function decodeEnvelope(bytes: Uint8Array): Envelope {
  const PART = "receipt";
  const HEADER = "receipt: unprotected header";
  const reader = new Reader(bytes);
  part(PART, () => reader.tag(18n));
  part(PART, () => reader.arrayOf(4));
  const protectedHeader = part("receipt: protected header", () => reader.bytes());
  const pairs = part(HEADER, () => reader.map());
  label(reader, HEADER, 396n);
  if (part(HEADER, () => reader.map()) !== 1) throw ReceiptError.member(HEADER, "it has proofs of several kinds");
  label(reader, HEADER, -1n);
  if (part(HEADER, () => reader.array()) !== 1) throw ReceiptError.member(HEADER, "it has not exactly one proof");
  const proof = part(HEADER, () => reader.bytes());
  if (pairs !== 1 && pairs !== 2) {
    throw ReceiptError.member(HEADER, `it has ${pairs} members instead of 1 or 2`);
  }
  let evidence: Uint8Array | undefined;
  if (pairs === 2) {
    textLabel(reader, HEADER, "convoy-block");
    evidence = part(HEADER, () => reader.bytes());
  }
  if (!reader.null()) throw ReceiptError.member(PART, "its payload is not detached");
  const signature = part("receipt: signature", () => reader.bytes());
  part(PART, () => reader.end());
  return { protectedHeader, proof, evidence, signature };
}

/** A receipt of inclusion, decoded. Its root follows from the statement and the path, so checking its signature checks the inclusion. */
export class InclusionReceipt {
  private constructor(
    readonly head: TreeHead,
    readonly root: Uint8Array,
    /** The leaf of the statement. */
    readonly leaf: bigint,
    readonly evidence: BlockEvidence | undefined,
    private readonly envelope: Envelope,
  ) {}

  /**
   * Reads a receipt for the log entry `entry` (a statement's digest).
   *
   * @throws {ReceiptError} where the encoding is not exactly ours, or the path does not fit the leaf and the size.
   */
  static decode(bytes: Uint8Array, entry: Uint8Array): InclusionReceipt {
    const PROOF = "receipt: inclusion proof";
    const envelope = decodeEnvelope(bytes);
    const reader = new Reader(envelope.proof);
    part(PROOF, () => reader.arrayOf(3));
    const size = part(PROOF, () => reader.uint());
    const leaf = part(PROOF, () => reader.uint());
    const path = part(PROOF, () => readPath(reader));
    part(PROOF, () => reader.end());
    const evidence = envelope.evidence === undefined ? undefined : BlockEvidence.decode(envelope.evidence);
    const head = decodeClaims(envelope.protectedHeader);
    if (size !== head.size) {
      throw ReceiptError.member(PROOF, `it is for a log of ${size} leaves and ${head.size} were signed`);
    }
    const root = rootFromInclusion(leafHash(entry), leaf, size, path);
    if (root === undefined) throw ReceiptError.member(PROOF, `the path does not fit leaf ${leaf} of ${size}`);
    return new InclusionReceipt(head, root, leaf, evidence, envelope);
  }

  /** Checks the signature over the tree head. */
  verify(key: PublicKey): void {
    if (key.algorithm !== this.head.algorithm) throw SignatureError.mismatch(this.head.algorithm);
    key.verify(sigStructure(this.envelope.protectedHeader, this.root), this.envelope.signature);
  }
}

/** A statement and the receipts that came with it, still encoded. */
export interface TransparentStatement {
  statement: Statement;
  receipts: Uint8Array[];
}

/**
 * Takes the receipts off a transparent statement and decodes the statement strictly. A statement without receipts is read too.
 *
 * @throws {ReceiptError} where the envelope is wrong.
 * @throws {StatementError} where the statement inside is.
 */
export function decodeTransparent(bytes: Uint8Array): TransparentStatement {
  const PART = "transparent statement";
  const reader = new Reader(bytes);
  part(PART, () => reader.tag(18n));
  part(PART, () => reader.arrayOf(4));
  const protectedHeader = part(PART, () => reader.bytes());
  const pairs = part(PART, () => reader.map());
  if (pairs > 1) {
    throw ReceiptError.member(PART, `its unprotected header has ${pairs} members instead of 394 alone`);
  }
  const receipts = pairs === 1 ? readReceipts(reader) : [];
  const payload = part(PART, () => reader.bytes());
  const signature = part(PART, () => reader.bytes());
  part(PART, () => reader.end());
  const stripped = new Writer().tag(18n).array(4).bytes(protectedHeader).map(0).bytes(payload).bytes(signature);
  return { statement: Statement.decode(stripped.finish()), receipts };
}

function readReceipts(reader: Reader): Uint8Array[] {
  const RECEIPTS = "transparent statement: receipts";
  label(reader, RECEIPTS, 394n);
  const count = part(RECEIPTS, () => reader.array());
  if (count === 0 || count > RECEIPTS_MAX) {
    throw ReceiptError.member(RECEIPTS, `${count} receipts, 1 to ${RECEIPTS_MAX}`);
  }
  return Array.from({ length: count }, () => part(RECEIPTS, () => reader.bytes()));
}

/** Puts receipts on a statement. */
export function attach(statement: Statement, receipts: readonly Uint8Array[]): Uint8Array {
  if (receipts.length === 0) return statement.bytes;
  const writer = new Writer().tag(18n).array(4).bytes(statement.protectedHeader);
  writer.map(1).int(394n).array(receipts.length);
  for (const receipt of receipts) writer.bytes(receipt);
  return writer.bytes(statement.payload).bytes(statement.signature).finish();
}

/** How many of `validators` make a quorum. */
export function quorum(validators: number): number {
  return validators - Math.floor(Math.max(0, validators - 1) / 3);
}

/** A finalization of one block: who signed, and the signatures. */
export class Certificate {
  private constructor(
    readonly view: bigint,
    readonly parentView: bigint,
    /** Indices into the validator set in ascending order of the keys, ascending. */
    readonly signers: readonly number[],
    readonly signatures: readonly Uint8Array[],
  ) {}

  /** Reads a certificate as the next item. */
  static read(reader: Reader): Certificate {
    const PART = "certificate";
    part(PART, () => reader.arrayOf(4));
    const view = part(PART, () => reader.uint());
    const parentView = part(PART, () => reader.uint());
    const bitmap = part(PART, () => reader.bytes());
    if ((bitmap.at(-1) ?? 0) === 0 || bitmap.length > Math.ceil(VALIDATORS_MAX / 8)) {
      throw ReceiptError.member(PART, "its bitmap of signers is empty or longer than needed");
    }
    const bits = Array.from({ length: 8 * bitmap.length }, (_, index) => index);
    const signers = bits.filter((signer) => (((bitmap[signer >> 3] ?? 0) >> (signer & 7)) & 1) === 1);
    const packed = part(PART, () => reader.bytes());
    const [count, rest] = [Math.floor(packed.length / 64), packed.length % 64];
    if (signers.length !== count || rest !== 0) {
      const detail = `it names ${signers.length} signers and has ${count} signatures and ${rest} bytes`;
      throw ReceiptError.member(PART, detail);
    }
    const signatures = Array.from({ length: count }, (_, index) => packed.subarray(64 * index, 64 * index + 64));
    return new Certificate(view, parentView, signers, signatures);
  }

  /** What each signer signed, namespace and all. */
  signedMessage(network: string, epoch: bigint, block: Uint8Array): Uint8Array {
    const namespace = utf8Bytes(`convoy/${network}_FINALIZE`);
    const numbers = [epoch, this.view, this.parentView].map(varint);
    return concatBytes(varint(BigInt(namespace.length)), namespace, ...numbers, block);
  }
}

function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let left = value;
  for (; left >= 0x80n; left >>= 7n) bytes.push(Number(left & 0x7fn) | 0x80);
  bytes.push(Number(left));
  return Uint8Array.from(bytes);
}

/** A compact receipt, decoded. Its certificate is checked by who holds the validators' keys. */
export interface CompactReceipt {
  /** The statement; `undefined` where the receipt has only its id. */
  statement: Statement | undefined;
  /** The statement's id, 32 bytes. */
  entry: Uint8Array;
  leaf: bigint;
  path: readonly Uint8Array[];
  epoch: bigint;
  height: bigint;
  timeMs: bigint;
  firstLeaf: bigint;
  accepted: bigint;
  logSize: bigint;
  /** SHA-256 of the rest of the certified header. */
  rest: Uint8Array;
  certificate: Certificate;
  evidence: BlockEvidence | undefined;
}

/**
 * Reads a compact receipt, and nothing else.
 *
 * @throws {ReceiptError} where the receipt is wrong.
 * @throws {StatementError} where the statement inside is.
 */
export function decodeCompact(bytes: Uint8Array): CompactReceipt {
  const PART = "compact receipt";
  const reader = new Reader(bytes);
  part(PART, () => reader.tag(TAG_COMPACT));
  part(PART, () => reader.arrayOf(8));
  part("compact receipt: version", () => reader.uintExact(1n));
  const subject = part("compact receipt: statement", () => reader.bytes());
  // 32 bytes are an id: no statement is that short.
  const statement = subject.length === 32 ? undefined : Statement.decode(subject);
  const leaf = part(PART, () => reader.uint());
  const path = part("compact receipt: path", () => readPackedPath(reader));
  const HEADER = "compact receipt: header";
  part(HEADER, () => reader.arrayOf(6));
  const number = (): bigint => part(HEADER, () => reader.uint());
  const [epoch, height, timeMs, firstLeaf, accepted, logSize] = [
    number(),
    number(),
    number(),
    number(),
    number(),
    number(),
  ];
  const rest = part("compact receipt: rest digest", () => reader.bytesExact(32));
  const certificate = Certificate.read(reader);
  const evidence = decodeCompactEvidence(reader);
  part(PART, () => reader.end());
  const entry = statement?.digest ?? subject;
  return { statement, entry, leaf, path, epoch, height, timeMs, firstLeaf, accepted, logSize, rest, certificate, evidence };
}

function decodeCompactEvidence(reader: Reader): BlockEvidence | undefined {
  if (reader.null()) return undefined;
  const EVIDENCE = "compact receipt: evidence";
  const evidence = BlockEvidence.decode(part(EVIDENCE, () => reader.bytes()));
  if (evidence.path.length === 0) throw ReceiptError.member(EVIDENCE, "its path is empty");
  return evidence;
}

/** The log root that a compact receipt implies; `undefined` where the path does not fit. */
export function compactRoot(receipt: CompactReceipt): Uint8Array | undefined {
  return rootFromInclusion(leafHash(receipt.entry), receipt.leaf, receipt.logSize, receipt.path);
}

/** The digest of the block that a compact receipt implies on `network`, given its log root. */
export function compactBlock(receipt: CompactReceipt, network: string, logRoot: Uint8Array): Uint8Array {
  const core = new Writer().array(9).uint(1n).bytes(sha256(utf8Bytes(network)));
  core.uint(receipt.epoch).uint(receipt.height).uint(receipt.timeMs).uint(receipt.firstLeaf).uint(receipt.accepted);
  core.uint(receipt.logSize).bytes(logRoot);
  return sha256(core.finish(), receipt.rest);
}
