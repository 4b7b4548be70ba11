/**
 * The statement log: an RFC 9162 Merkle tree that only grows, and how its proofs are checked.
 *
 * A leaf's entry is a statement's id or the SHA-256 of a block's summary. Leaf hash = SHA-256(0x00 ‖ entry), node hash =
 * SHA-256(0x01 ‖ left ‖ right). A block's accepted statements come first, then the refused, then the summary, so a leaf's place says
 * whether its statement was accepted.
 */

import { sha256 } from "./ids.js";
import { Reader, Writer } from "./wire.js";

const U64_MAX = (1n << 64n) - 1n;

/** The hash of the leaf that holds `entry`. */
export function leafHash(entry: Uint8Array): Uint8Array {
  return sha256(Uint8Array.of(0), entry);
}

/** The hash of the node over `left` and `right`. */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  return sha256(Uint8Array.of(1), left, right);
}

/** The root that an audit path leads to (RFC 9162 section 2.1.3.2); `undefined` where it does not fit the index and the size. */
export function rootFromInclusion(
  leaf: Uint8Array,
  index: bigint,
  size: bigint,
  path: readonly Uint8Array[],
): Uint8Array | undefined {
  if (index >= size) return undefined;
  let at = index;
  let last = size - 1n;
  let root = leaf;
  for (const sibling of path) {
    if (last === 0n) return undefined;
    if ((at & 1n) === 1n || at === last) {
      root = nodeHash(sibling, root);
      while (at !== 0n && (at & 1n) === 0n) {
        at >>= 1n;
        last >>= 1n;
      }
    } else {
      root = nodeHash(root, sibling);
    }
    at >>= 1n;
    last >>= 1n;
  }
  return last === 0n ? root : undefined;
}

/** What a block did to the log, committed by its last entry. */
export class BlockSummary {
  private constructor(
    readonly height: bigint,
    /** Milliseconds since 1970. */
    readonly timeMs: bigint,
    /** The leaf of its first statement. */
    readonly firstLeaf: bigint,
    readonly accepted: bigint,
    readonly refused: bigint,
    readonly outcomesRoot: Uint8Array,
  ) {}

  /** Reads the encoding, and nothing else. */
  static decode(bytes: Uint8Array): BlockSummary {
    const reader = new Reader(bytes);
    reader.arrayOf(7);
    reader.uintExact(1n);
    const [height, timeMs, firstLeaf, accepted, refused] = [
      reader.uint(),
      reader.uint(),
      reader.uint(),
      reader.uint(),
      reader.uint(),
    ];
    const outcomesRoot = reader.bytesExact(32);
    reader.end();
    return new BlockSummary(height, timeMs, firstLeaf, accepted, refused, outcomesRoot);
  }

  /** The log entry. */
  entry(): Uint8Array {
    const writer = new Writer().array(7).uint(1n).uint(this.height).uint(this.timeMs).uint(this.firstLeaf);
    return sha256(writer.uint(this.accepted).uint(this.refused).bytes(this.outcomesRoot).finish());
  }

  /** The leaf of this summary itself; `undefined` where the numbers pass 64 bits. */
  leaf(): bigint | undefined {
    const leaf = this.firstLeaf + this.accepted + this.refused;
    return leaf > U64_MAX ? undefined : leaf;
  }

  /** Whether leaf `index` is a statement of this block that was accepted (`true`) or refused (`false`). */
  isAccepted(index: bigint): boolean | undefined {
    const place = index - this.firstLeaf;
    const statements = this.accepted + this.refused;
    if (place < 0n || statements > U64_MAX || place >= statements) return undefined;
    return place < this.accepted;
  }
}

