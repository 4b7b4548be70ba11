/**
 * A key that the browser holds (W3C WebCrypto): it signs, and nobody can read its secret, the page that made it included.
 *
 * Flow: {@link WebCryptoKey.generate} makes one, Ed25519 where the browser has it and ES256 (P-256) otherwise; its `pair` can be kept in
 * IndexedDB as it is and becomes a key again with {@link WebCryptoKey.of}; {@link WebCryptoKey.sign} signs what a statement wants signed.
 *
 * Invariants: the private key is never extractable; a P-256 signature has the low s that the ledger wants (FIPS 186-5 leaves it open).
 * Limit: a browser keeps it in software as a rule. A statement says `own_key`; only an administrator says that a key is in hardware.
 */

import { p256 } from "@noble/curves/nist.js";
import { type Algorithm, KeyError, PublicKey } from "./keys.js";
import { concatBytes, hex } from "./ids.js";

/** The algorithms that browsers sign with. */
export type WebCryptoAlgorithm = Exclude<Algorithm, "ML-DSA-65">;

const MADE_WITH = { Ed25519: { name: "Ed25519" }, ES256: { name: "ECDSA", namedCurve: "P-256" } } as const;
const SIGNED_WITH = { Ed25519: { name: "Ed25519" }, ES256: { name: "ECDSA", hash: "SHA-256" } } as const;

/** A key pair whose secret stays in the browser. */
export class WebCryptoKey {
  private constructor(
    readonly algorithm: WebCryptoAlgorithm,
    /** As WebCrypto made it. IndexedDB keeps it, without its secret ever being readable. */
    readonly pair: CryptoKeyPair,
    readonly publicKey: PublicKey,
  ) {}

  /**
   * A new key that cannot be taken out.
   *
   * @param algorithm Which; the first that the browser has where left out.
   * @throws {KeyError} where the browser has none: over plain HTTP, browsers sign for nobody but their own machine.
   */
  static async generate(algorithm?: WebCryptoAlgorithm): Promise<WebCryptoKey> {
    const subtle = (globalThis.crypto as Crypto | undefined)?.subtle;
    if (subtle === undefined) throw new KeyError("this page may not use keys of the browser: open it over HTTPS");
    const faults: string[] = [];
    for (const one of algorithm === undefined ? (["Ed25519", "ES256"] as const) : [algorithm]) {
      try {
        return await WebCryptoKey.of((await subtle.generateKey(MADE_WITH[one], false, ["sign", "verify"])) as CryptoKeyPair);
      } catch (error) {
        faults.push(`${one}: ${String(error)}`);
      }
    }
    throw new KeyError(`the browser makes no key that the ledger takes (${faults.join("; ")}); use another browser`);
  }

  /**
   * The key of a pair that WebCrypto made before.
   *
   * @throws {KeyError} where it is no signing pair of a known algorithm, or its secret could be read.
   */
  static async of(pair: CryptoKeyPair): Promise<WebCryptoKey> {
    const { name, namedCurve } = pair.privateKey.algorithm as { name: string; namedCurve?: string };
    const algorithm = name === "Ed25519" ? "Ed25519" : name === "ECDSA" && namedCurve === "P-256" ? "ES256" : undefined;
    if (algorithm === undefined) throw new KeyError(`a ${name} key signs no statement; make an Ed25519 or a P-256 key`);
    if (pair.privateKey.extractable) throw new KeyError("the key's secret can be read; make one that is not extractable");
    const raw = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
    const publicKey = algorithm === "Ed25519" ? PublicKey.ed25519(raw) : PublicKey.es256(raw.slice(1, 33), raw.slice(33));
    return new WebCryptoKey(algorithm, pair, publicKey);
  }

  /** Signs `message`. */
  async sign(message: Uint8Array): Promise<Uint8Array> {
    const made = await crypto.subtle.sign(SIGNED_WITH[this.algorithm], this.pair.privateKey, message as Uint8Array<ArrayBuffer>);
    const signature = new Uint8Array(made);
    return this.algorithm === "ES256" ? lowS(signature) : signature;
  }

  toString(): string {
    return `WebCryptoKey(${this.algorithm} ${this.publicKey.id}, secret withheld)`;
  }
}

/** The same ECDSA signature with the lower of its two possible s. */
export function lowS(signature: Uint8Array): Uint8Array {
  const order = p256.Point.Fn.ORDER;
  const s = BigInt(`0x${hex(signature.subarray(32))}`);
  if (s <= order >> 1n) return signature;
  const low = (order - s).toString(16).padStart(64, "0");
  return concatBytes(signature.slice(0, 32), Uint8Array.from({ length: 32 }, (_, at) => Number.parseInt(low.slice(2 * at, 2 * at + 2), 16)));
}
