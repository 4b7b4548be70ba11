/**
 * The trust file: everything a verifier has to believe before it can check anything. A node serves it at `/v1/trust`; get it once, from
 * somebody you trust, and keep it.
 *
 * `epochs` are the validators' consensus keys, for compact receipts; `tree_heads` the keys of members' nodes, for COSE receipts;
 * `signers`, which may be left out, the keys of people and devices. A key holds for block times from `from_ms` to before `until_ms`.
 */

import { compareBytes } from "./cbor.js";
import { did, digest, hex, IdError, memberId, networkId } from "./ids.js";
import { type Algorithm, KeyError, PublicKey } from "./keys.js";
import { VALIDATORS_MAX } from "./limits.js";

/** One validator's consensus key. */
export interface TrustedValidator {
  readonly member: string;
  readonly key: PublicKey;
}

/** A key and the block times for which it holds. */
interface Bounded {
  readonly key: PublicKey;
  readonly fromMs: bigint;
  readonly untilMs: bigint | undefined;
}

/** A key with which a member's node signs tree heads. */
export interface TrustedTreeHeadKey extends Bounded {
  readonly member: string;
  readonly issuer: string;
}

/** A signer's key. */
export interface TrustedSigner extends Bounded {
  readonly did: string;
}

/** Why a trust file is refused. */
export class TrustError extends Error {
  override name = "TrustError";

  constructor(
    /** The field, such as `epochs[0].validators`; empty where the file is no JSON. */
    readonly field: string,
    /** What is wrong and what to do. */
    readonly detail: string,
  ) {
    super(`trust file: ${field}: ${detail}`);
  }
}

type Json = Readonly<Record<string, unknown>>;

/** Reads the members of one JSON object, each by name, and refuses those it does not know. */
class Members {
  constructor(
    private readonly value: Json,
    private readonly path: string,
  ) {}

  static of(value: unknown, path: string, known: readonly string[]): Members {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw new TrustError(path || "file", "an object belongs here");
    }
    for (const name of Object.keys(value)) {
      if (!known.includes(name)) throw new TrustError(path ? `${path}.${name}` : name, "this member is not known; remove it");
    }
    return new Members(value as Json, path);
  }

  field(name: string): string {
    return this.path ? `${this.path}.${name}` : name;
  }

  raw(name: string): unknown {
    return Object.hasOwn(this.value, name) ? this.value[name] : undefined;
  }

  text<T>(name: string, read: (text: string) => T): T {
    const value = this.raw(name);
    if (typeof value !== "string") throw new TrustError(this.field(name), "text belongs here");
    try {
      return read(value);
    } catch (error) {
      if (error instanceof IdError) throw new TrustError(this.field(name), error.message);
      throw error;
    }
  }

  /** A whole number of 64 bits; JSON numbers above 2^53 are as exact as JavaScript's. */
  uint(name: string, missing?: bigint): bigint {
    const value = this.raw(name);
    if (value === undefined && missing !== undefined) return missing;
    if (typeof value !== "number" || !Number.isInteger(value) || value < 0 || value > 2 ** 64) {
      throw new TrustError(this.field(name), "a whole number of 0 or more belongs here");
    }
    return BigInt(value);
  }

  list(name: string): readonly unknown[] {
    const value = this.raw(name);
    if (value === undefined && this.path === "") return [];
    if (!Array.isArray(value)) throw new TrustError(this.field(name), "a list belongs here");
    return value;
  }

  key(name: string): PublicKey {
    const value = this.raw(name);
    if (typeof value !== "object" || value === null) throw new TrustError(this.field(name), "a JSON Web Key belongs here");
    try {
      return PublicKey.fromJwk(value);
    } catch (error) {
      if (error instanceof KeyError) throw new TrustError(this.field(name), error.message);
      throw error;
    }
  }

  bounded(): Bounded {
    const untilMs = this.raw("until_ms") === null ? undefined : this.uint("until_ms", -1n);
    return {
      key: this.key("key"),
      fromMs: this.uint("from_ms", 0n),
      untilMs: untilMs === -1n ? undefined : untilMs,
    };
  }
}

const FILE = ["version", "network", "genesis", "members_required", "epochs", "tree_heads", "signers"];

/** What a verifier believes. */
export class Trust {
  private constructor(
    readonly network: string,
    /** SHA-256 of the genesis document, in hexadecimal. */
    readonly genesis: string,
    /** From how many different members receipts have to come. */
    readonly membersRequired: bigint,
    /** The validators by epoch, in ascending order of their keys as certificates number them. */
    private readonly epochs: ReadonlyMap<bigint, readonly TrustedValidator[]>,
    /** The last block of each epoch that is known to have ended. */
    private readonly lastBlocks: ReadonlyMap<bigint, bigint>,
    private readonly treeHeads: readonly TrustedTreeHeadKey[],
    private readonly signers: readonly TrustedSigner[],
  ) {}

  /**
   * Reads and checks a trust file: its text, or the value that JSON.parse made of it.
   *
   * @throws {TrustError} that names the field at fault.
   */
  static fromJson(file: string | object): Trust {
    let value: unknown = file;
    if (typeof file === "string") {
      try {
        value = JSON.parse(file);
      } catch (error) {
        throw new TrustError("", `it is no JSON: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    const members = Members.of(value, "", FILE);
    const version = members.uint("version");
    const network = members.text("network", networkId);
    const genesis = hex(members.text("genesis", digest));
    const membersRequired = members.uint("members_required", 1n);
    const epochs = members.list("epochs").map(readEpoch);
    const treeHeads = members.list("tree_heads").map(readTreeHead);
    const signers = members.list("signers").map(readSigner);
    if (version !== 1n) throw new TrustError("version", `${version} is not known; this verifier reads 1`);
    const suffix = `.${genesis.slice(0, 16)}`;
    if (!network.endsWith(suffix)) {
      throw new TrustError("network", `\`${network}\` does not end with \`${suffix}\`, the genesis digest`);
    }
    if (membersRequired === 0n) throw new TrustError("members_required", "write 1 or more");
    return new Trust(network, genesis, membersRequired, checkEpochs(epochs), checkEnds(epochs), treeHeads, signers);
  }

  /** The validators of `epoch`, in the order in which certificates number them. */
  validators(epoch: bigint): readonly TrustedValidator[] | undefined {
    return this.epochs.get(epoch);
  }

  /** Why the validators of `epoch` cannot have made a block of this height; nothing where they can, as far as is known. */
  whyNotOf(epoch: bigint, height: bigint): string | undefined {
    const [last, before] = [this.lastBlocks.get(epoch), this.lastBlocks.get(epoch - 1n)];
    const others = `this is block ${height}: others made that one`;
    if (last !== undefined && height > last) {
      return `the validators of epoch ${epoch} ended with block ${last}, and ${others}`;
    }
    if (before !== undefined && height <= before) {
      return `the validators of epoch ${epoch} began behind block ${before}, and ${others}`;
    }
    return undefined;
  }

  /** The tree-head key that a receipt names, whatever its validity. */
  treeHeadKey(issuer: string, keyId: string, algorithm: Algorithm): TrustedTreeHeadKey | undefined {
    return this.treeHeads.find((e) => e.issuer === issuer && e.key.id === keyId && e.key.algorithm === algorithm);
  }

  /** The signer's key that a statement names, whatever its validity. */
  signerKey(signer: string, keyId: string, algorithm: Algorithm): TrustedSigner | undefined {
    return this.signers.find((e) => e.did === signer && e.key.id === keyId && e.key.algorithm === algorithm);
  }
}

/** Whether a key with these bounds holds at `timeMs`. */
export function holdsAt(timeMs: bigint, { fromMs, untilMs }: { fromMs: bigint; untilMs: bigint | undefined }): boolean {
  return fromMs <= timeMs && (untilMs === undefined || timeMs < untilMs);
}

interface Epoch {
  epoch: bigint;
  validators: { member: string; raw: Uint8Array }[];
  lastBlock: bigint | undefined;
}

function readEpoch(value: unknown, index: number): Epoch {
  const path = `epochs[${index}]`;
  const members = Members.of(value, path, ["epoch", "validators", "last_block", "recovery"]);
  // The members' decision that put these validators in the place of lost ones: receipts verify with it as with any other epoch.
  if (members.raw("recovery") !== undefined) members.text("recovery", digest);
  const validators = members.list("validators").map((entry, at) => {
    const validator = Members.of(entry, `${path}.validators[${at}]`, ["member", "key"]);
    return { member: validator.text("member", memberId), raw: validator.text("key", digest) };
  });
  const lastBlock = members.raw("last_block") === undefined ? undefined : members.uint("last_block");
  return { epoch: members.uint("epoch"), validators, lastBlock };
}

function checkEnds(epochs: readonly Epoch[]): ReadonlyMap<bigint, bigint> {
  const ends = new Map<bigint, bigint>();
  for (const { epoch, lastBlock } of epochs) if (lastBlock !== undefined) ends.set(epoch, lastBlock);
  epochs.forEach(({ epoch, lastBlock }, index) => {
    const before = ends.get(epoch - 1n);
    if (lastBlock !== undefined && before !== undefined && lastBlock <= before) {
      const detail = `${lastBlock} is not above ${before}, where the epoch before ended`;
      throw new TrustError(`epochs[${index}].last_block`, detail);
    }
  });
  return ends;
}

function checkEpochs(epochs: readonly Epoch[]): ReadonlyMap<bigint, readonly TrustedValidator[]> {
  const checked = new Map<bigint, readonly TrustedValidator[]>();
  epochs.forEach(({ epoch, validators }, index) => {
    const field = `epochs[${index}]`;
    if (validators.length === 0 || validators.length > VALIDATORS_MAX) {
      throw new TrustError(`${field}.validators`, `${validators.length} validators, 1 to ${VALIDATORS_MAX}`);
    }
    if (new Set(validators.map(({ raw }) => hex(raw))).size !== validators.length) {
      throw new TrustError(`${field}.validators`, "a key is listed twice; a quorum would count it twice");
    }
    const trusted = validators.map(({ member, raw }) => {
      try {
        return { member, key: PublicKey.ed25519(raw) };
      } catch (error) {
        if (error instanceof KeyError) throw new TrustError(`${field}.${member}`, error.message);
        throw error;
      }
    });
    if (checked.has(epoch)) throw new TrustError(field, "the epoch is listed twice");
    checked.set(epoch, trusted.sort((a, b) => compareBytes(a.key.raw, b.key.raw)));
  });
  return checked;
}

function readTreeHead(value: unknown, index: number): TrustedTreeHeadKey {
  const members = Members.of(value, `tree_heads[${index}]`, ["member", "issuer", "key", "from_ms", "until_ms"]);
  return { member: members.text("member", memberId), issuer: members.text("issuer", did), ...members.bounded() };
}

function readSigner(value: unknown, index: number): TrustedSigner {
  const members = Members.of(value, `signers[${index}]`, ["did", "key", "from_ms", "until_ms"]);
  return { did: members.text("did", did), ...members.bounded() };
}
