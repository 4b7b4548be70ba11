/**
 * Keys and signatures in COSE terms (RFC 9052, RFC 9053, RFC 9864, RFC 9964).
 *
 * One rule for each algorithm, the ledger's: Ed25519 as ZIP-215 with keys of small order refused; ES256 with low s only, so that a signature
 * has one form; ML-DSA-65 as FIPS 204 with an empty context. Curves and lattices are those of `@noble`.
 *
 * Limits: a secret is in memory of the JavaScript engine, which cannot wipe it for certain. Keys that must not be copied belong in hardware:
 * build with {@link UnsignedStatement} and sign there.
 */

import { ed25519 } from "@noble/curves/ed25519.js";
import { p256 } from "@noble/curves/nist.js";
import { ml_dsa65 } from "@noble/post-quantum/ml-dsa.js";
import { concatBytes, fromHex, hex, sha256 } from "./ids.js";
import { Writer } from "./wire.js";

/** The algorithms that Convoy knows. Which ones a network accepts is its policy. */
export type Algorithm = "Ed25519" | "ES256" | "ML-DSA-65";

/** Every algorithm. */
export const ALGORITHMS: readonly Algorithm[] = ["Ed25519", "ES256", "ML-DSA-65"];

const COSE_IDS: Readonly<Record<Algorithm, bigint>> = { Ed25519: -8n, ES256: -7n, "ML-DSA-65": -49n };
const SIGNATURE_BYTES: Readonly<Record<Algorithm, number>> = { Ed25519: 64, ES256: 64, "ML-DSA-65": 3_309 };
const ML_DSA_65_PUBLIC_BYTES = 1_952;

/** The COSE identifier that is written. */
export function coseId(algorithm: Algorithm): bigint {
  return COSE_IDS[algorithm];
}

/** The algorithm of a COSE identifier: -8 and -19, -7 and -9, -49. */
export function algorithmOf(id: bigint): Algorithm | undefined {
  if (id === -8n || id === -19n) return "Ed25519";
  if (id === -7n || id === -9n) return "ES256";
  return id === -49n ? "ML-DSA-65" : undefined;
}

/** Length of every signature, bytes. */
export function signatureBytes(algorithm: Algorithm): number {
  return SIGNATURE_BYTES[algorithm];
}

/** Why a key is refused. */
export class KeyError extends Error {
  override name = "KeyError";
}

/** Why a signature does not hold. */
export class SignatureError extends Error {
  override name = "SignatureError";

  /** Other bytes were signed, or another key signed them. */
  static mismatch(algorithm: Algorithm): SignatureError {
    return new SignatureError(`the ${algorithm} signature does not match these bytes and this key`);
  }
}

const invalid = (algorithm: Algorithm): KeyError =>
  new KeyError(`the ${algorithm} key is not valid: its bytes are no public key of this algorithm`);
const encoding = (what: string): KeyError => new KeyError(`the key's encoding is not understood: ${what}`);
const noSecret = (algorithm: Algorithm): KeyError =>
  new KeyError(`the ${algorithm} secret key is not valid: export it again as PKCS#8 or as its 32-byte seed`);

/** The bytes that a COSE_Sign1 signs (RFC 9052 section 4.4), with empty external data. */
export function sigStructure(protectedHeader: Uint8Array, payload: Uint8Array): Uint8Array {
  const writer = new Writer().array(4).text("Signature1");
  return writer.bytes(protectedHeader).bytes(new Uint8Array()).bytes(payload).finish();
}

/** A JSON Web Key; members that are not named here are ignored. */
export interface Jwk {
  kty?: unknown;
  crv?: unknown;
  alg?: unknown;
  x?: unknown;
  y?: unknown;
  pub?: unknown;
}

const SPKI: Readonly<Record<Algorithm, Uint8Array>> = {
  Ed25519: fromHex("302a300506032b6570032100") as Uint8Array,
  ES256: fromHex("3059301306072a8648ce3d020106082a8648ce3d03010703420004") as Uint8Array,
  "ML-DSA-65": fromHex("308207b2300b0609608648016503040312038207a100") as Uint8Array,
};

/** A public key, checked when it was made. */
export class PublicKey {
  /** SHA-256 of the COSE_Key with its required members (RFC 9679). */
  readonly thumbprint: Uint8Array;
  /** The first eight bytes of the thumbprint: it selects a key, it does not prove one. */
  readonly keyId: Uint8Array;

  private constructor(
    readonly algorithm: Algorithm,
    /** 32 bytes (Ed25519), 65 (P-256, SEC 1 uncompressed) or 1,952 (ML-DSA-65). */
    readonly raw: Uint8Array,
  ) {
    this.thumbprint = sha256(this.toCoseKey());
    this.keyId = this.thumbprint.slice(0, 8);
  }

  /**
   * An Ed25519 key from its 32 bytes.
   *
   * @throws {KeyError} where it is no point of the curve or one of small order: its signatures hold for any message.
   */
  static ed25519(raw: Uint8Array): PublicKey {
    let good = false;
    try {
      good = raw.length === 32 && !ed25519.Point.fromBytes(raw, true).isSmallOrder();
    } catch {
      good = false;
    }
    if (!good) throw new KeyError("the Ed25519 key has small order or is no curve point; generate another key");
    return new PublicKey("Ed25519", raw.slice());
  }

  /** A P-256 key from its coordinates, 32 bytes each. */
  static es256(x: Uint8Array, y: Uint8Array): PublicKey {
    const point = concatBytes(Uint8Array.of(4), x, y);
    if (x.length !== 32 || !p256.utils.isValidPublicKey(point, false)) throw invalid("ES256");
    return new PublicKey("ES256", point);
  }

  /** An ML-DSA-65 key from its 1,952 bytes. */
  static mlDsa65(raw: Uint8Array): PublicKey {
    if (raw.length !== ML_DSA_65_PUBLIC_BYTES) throw invalid("ML-DSA-65");
    return new PublicKey("ML-DSA-65", raw.slice());
  }

  /** The key's id in hexadecimal. */
  get id(): string {
    return hex(this.keyId);
  }

  /**
   * Checks that `signature` signs `message`.
   *
   * @throws {SignatureError} where it does not.
   */
  verify(message: Uint8Array, signature: Uint8Array): void {
    const expected = SIGNATURE_BYTES[this.algorithm];
    if (signature.length !== expected) {
      throw new SignatureError(`the signature has ${signature.length} bytes and ${this.algorithm} has ${expected}`);
    }
    if (!this.#holds(message, signature)) throw SignatureError.mismatch(this.algorithm);
  }

  #holds(message: Uint8Array, signature: Uint8Array): boolean {
    if (this.algorithm === "Ed25519") return ed25519.verify(signature, message, this.raw, { zip215: true });
    if (this.algorithm === "ES256") {
      if (BigInt(`0x${hex(signature.subarray(32))}`) > p256.Point.Fn.ORDER >> 1n) {
        throw new SignatureError("the ES256 signature has a high s; replace s by n - s, which signs the same");
      }
      return p256.verify(signature, message, this.raw, { lowS: true, prehash: true, format: "compact" });
    }
    return ml_dsa65.verify(signature, message, this.raw);
  }

  /** The key as COSE_Key with its required members, deterministic. */
  toCoseKey(): Uint8Array {
    const writer = new Writer();
    if (this.algorithm === "Ed25519") writer.map(3).int(1n).int(1n).int(-1n).int(6n).int(-2n).bytes(this.raw);
    else if (this.algorithm === "ES256") {
      writer.map(4).int(1n).int(2n).int(-1n).int(1n);
      writer.int(-2n).bytes(this.raw.subarray(1, 33)).int(-3n).bytes(this.raw.subarray(33));
    } else writer.map(3).int(1n).int(7n).int(3n).int(-49n).int(-1n).bytes(this.raw);
    return writer.finish();
  }

  /** The key as a JSON Web Key (RFC 7517, RFC 8037, RFC 9964). */
  toJwk(): Record<string, string> {
    if (this.algorithm === "Ed25519") return { kty: "OKP", crv: "Ed25519", x: base64url(this.raw) };
    if (this.algorithm === "ES256") {
      const [x, y] = [base64url(this.raw.subarray(1, 33)), base64url(this.raw.subarray(33))];
      return { kty: "EC", crv: "P-256", x, y };
    }
    return { kty: "AKP", alg: "ML-DSA-65", pub: base64url(this.raw) };
  }

  /**
   * Reads a JSON Web Key.
   *
   * @throws {KeyError} that names the member at fault.
   */
  static fromJwk(jwk: Jwk): PublicKey {
    const text = (name: keyof Jwk): string => {
      const value = jwk[name];
      if (typeof value !== "string") throw encoding(`JWK: member \`${name}\` is missing`);
      return value;
    };
    const bytes = (name: keyof Jwk): Uint8Array => {
      const value = fromBase64(text(name), true);
      if (value === undefined) throw encoding(`JWK: \`${name}\` is not base64url`);
      return value;
    };
    const coordinate = (name: keyof Jwk): Uint8Array => {
      const value = bytes(name);
      if (value.length !== 32) throw encoding(`JWK: \`${name}\` is not 32 bytes`);
      return value;
    };
    const kty = text("kty");
    if (kty === "OKP" && text("crv") === "Ed25519") return PublicKey.ed25519(coordinate("x"));
    if (kty === "EC" && text("crv") === "P-256") return PublicKey.es256(coordinate("x"), coordinate("y"));
    if (kty === "AKP" && text("alg") === "ML-DSA-65") return PublicKey.mlDsa65(bytes("pub"));
    throw encoding(
      `JWK: key type \`${kty}\` with this curve or algorithm is not known; use Ed25519, P-256 or ML-DSA-65`,
    );
  }

  /** The key as PEM `PUBLIC KEY` (SubjectPublicKeyInfo). */
  toPem(): string {
    const bare = this.algorithm === "ES256" ? this.raw.subarray(1) : this.raw;
    return pem("PUBLIC KEY", concatBytes(SPKI[this.algorithm], bare));
  }

  /** Reads a PEM `PUBLIC KEY`. */
  static fromPem(text: string): PublicKey {
    const der = unpem("PUBLIC KEY", text);
    for (const algorithm of ALGORITHMS) {
      const prefix = SPKI[algorithm];
      if (hex(der.subarray(0, prefix.length)) !== hex(prefix)) continue;
      const raw = der.subarray(prefix.length);
      if (algorithm === "Ed25519") return PublicKey.ed25519(raw);
      if (algorithm === "ES256") return PublicKey.es256(raw.subarray(0, 32), raw.subarray(32));
      return PublicKey.mlDsa65(raw);
    }
    throw encoding("SubjectPublicKeyInfo: not Ed25519, P-256 (uncompressed) or ML-DSA-65");
  }
}

/** A secret key with its public half. It does not show its secret when printed. */
export class SigningKey {
  readonly #secret: Uint8Array;
  readonly #signing: Uint8Array;

  private constructor(
    readonly algorithm: Algorithm,
    secret: Uint8Array,
    signing: Uint8Array,
    readonly publicKey: PublicKey,
  ) {
    this.#secret = secret;
    this.#signing = signing;
  }

  /** A new key from the system's random source. */
  static generate(algorithm: Algorithm): SigningKey {
    const secret = algorithm === "ES256" ? p256.utils.randomSecretKey() : ed25519.utils.randomSecretKey();
    return SigningKey.fromSecret(algorithm, secret);
  }

  /** The key of a 32-byte secret: a seed (Ed25519, ML-DSA-65) or a scalar (P-256). */
  static fromSecret(algorithm: Algorithm, secret: Uint8Array): SigningKey {
    if (secret.length !== 32) throw noSecret(algorithm);
    const own = secret.slice();
    if (algorithm === "Ed25519") {
      return new SigningKey(algorithm, own, own, PublicKey.ed25519(ed25519.getPublicKey(own)));
    }
    if (algorithm === "ML-DSA-65") {
      const pair = ml_dsa65.keygen(own);
      return new SigningKey(algorithm, own, pair.secretKey, PublicKey.mlDsa65(pair.publicKey));
    }
    if (!p256.utils.isValidSecretKey(own)) throw noSecret(algorithm);
    const point = p256.getPublicKey(own, false);
    return new SigningKey(algorithm, own, own, PublicKey.es256(point.subarray(1, 33), point.subarray(33)));
  }

  /**
   * Reads a PEM `PRIVATE KEY` (PKCS#8): Ed25519 and ML-DSA-65 in their seed forms, P-256 as RFC 5915 inside.
   *
   * @throws {KeyError} where it is no such key.
   */
  static fromPem(algorithm: Algorithm, text: string): SigningKey {
    const der = hex(unpem("PRIVATE KEY", text));
    const seed = {
      // RFC 8410 section 7; version 2 adds the public key behind it.
      Ed25519: /^30[0-9a-f]{2}0201(?:00|01)300506032b657004220420([0-9a-f]{64})/,
      // RFC 5958 around RFC 5915 on the curve 1.2.840.10045.3.1.7.
      ES256: /^30(?:81)?[0-9a-f]{2}020100301306072a8648ce3d020106082a8648ce3d03010704[0-9a-f]{2}30[0-9a-f]{2}0201010420([0-9a-f]{64})/,
      // RFC 9881 section 6.
      "ML-DSA-65": /^30[0-9a-f]{2}020100300b06096086480165030403120422[0-9a-f]{4}([0-9a-f]{64})$/,
    }[algorithm].exec(der)?.[1];
    const secret = seed === undefined ? undefined : fromHex(seed);
    if (secret === undefined) throw noSecret(algorithm);
    return SigningKey.fromSecret(algorithm, secret);
  }

  /** The 32-byte secret. */
  toSecret(): Uint8Array {
    return this.#secret.slice();
  }

  /** Signs `message`. Ed25519 and ES256 (RFC 6979, low s) are deterministic, ML-DSA-65 is randomised. */
  sign(message: Uint8Array): Uint8Array {
    if (this.algorithm === "Ed25519") return ed25519.sign(message, this.#signing);
    if (this.algorithm === "ES256") {
      return p256.sign(message, this.#signing, { lowS: true, prehash: true, format: "compact" });
    }
    return ml_dsa65.sign(message, this.#signing);
  }

  toString(): string {
    return `SigningKey(${this.algorithm} ${this.publicKey.id}, secret withheld)`;
  }

  toJSON(): string {
    return this.toString();
  }
}

function base64(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

function base64url(bytes: Uint8Array): string {
  return base64(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** The bytes of base64 (padded) or base64url (not padded), or `undefined`; bits that no byte needs have to be zero. */
function fromBase64(text: string, url: boolean): Uint8Array | undefined {
  const form = url ? /^[A-Za-z0-9_-]*$/ : /^[A-Za-z0-9+/]*={0,2}$/;
  if (!form.test(text) || (url && text.length % 4 === 1) || (!url && text.length % 4 !== 0)) return undefined;
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
  return (url ? base64url(bytes) : base64(bytes)) === text ? bytes : undefined;
}

function pem(label: string, der: Uint8Array): string {
  const lines = base64(der).match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

function unpem(label: string, text: string): Uint8Array {
  const body = text.split(`-----BEGIN ${label}-----`)[1]?.split(`-----END ${label}-----`);
  if (body === undefined || body.length < 2) throw encoding(`PEM ${label}: its BEGIN and END lines are missing`);
  const der = fromBase64((body[0] as string).replaceAll(/\s/g, ""), false);
  if (der === undefined) throw encoding(`PEM ${label}: its body is not base64`);
  return der;
}
