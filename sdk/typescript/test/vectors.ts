/** The test vectors that all languages share: `sdk/vectors`, written by the Rust verifier. */

import { readdirSync, readFileSync } from "node:fs";
import type { CborValue } from "../src/cbor.js";
import { fromHex } from "../src/ids.js";
import { Trust } from "../src/trust.js";

const FOLDER = new URL("../../../vectors/", import.meta.url);

/** The bytes of one file. */
export function bytesOf(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(name, FOLDER)));
}

/** One file of JSON. */
export function load<T>(name: string): T {
  return JSON.parse(new TextDecoder().decode(bytesOf(name))) as T;
}

/** The bytes of hexadecimal that a vector has. */
export function unhex(text: string): Uint8Array {
  const bytes = fromHex(text);
  if (bytes === undefined) throw new Error(`a vector has no hexadecimal: ${text}`);
  return bytes;
}

/** Every trust file by name. */
export function trusts(): ReadonlyMap<string, Trust> {
  const names = readdirSync(FOLDER).filter((name) => name.startsWith("trust-"));
  return new Map(names.map((name) => [name, Trust.fromJson(new TextDecoder().decode(bytesOf(name)))]));
}

/** A value to encode, from JSON with `$bytes`, `$int` and `$map` for what JSON cannot say. */
export function valueOf(vector: unknown): CborValue {
  if (Array.isArray(vector)) return vector.map(valueOf);
  if (typeof vector !== "object" || vector === null) return vector as CborValue;
  const members = vector as Record<string, unknown>;
  if (typeof members["$bytes"] === "string") return unhex(members["$bytes"]);
  if (typeof members["$int"] === "string") return BigInt(members["$int"]);
  if (Array.isArray(members["$map"])) {
    return new Map(members["$map"].map(([key, member]: [unknown, unknown]) => [valueOf(key), valueOf(member)]));
  }
  return Object.fromEntries(Object.entries(members).map(([key, member]) => [key, valueOf(member)]));
}

export interface KeyVector {
  algorithm: "Ed25519" | "ES256" | "ML-DSA-65";
  secret: string;
  secret_pem: string;
  key_id: string;
  thumbprint: string;
  jwk: Record<string, string>;
  cose_key: string;
  pem: string;
  message: string;
  signature: string;
}

export interface StatementVector {
  name: string;
  algorithm: KeyVector["algorithm"];
  network: string;
  signer: string;
  subject?: string;
  compartment?: string;
  label?: { classification: "unclassified" | "restricted" | "confidential" | "secret"; releasable_to: string[] };
  lane?: number;
  sequence?: string;
  not_after_ms: string;
  assurance?: "own_key" | "held_by_node";
  actions: { module: string; body: unknown }[];
  secret: string;
  to_be_signed: string;
  statement: string;
  id: string;
}

export interface ProofVector {
  name: string;
  file: string;
  trust: string;
  report?: Record<string, unknown>;
  failed?: { check: string; reason: string };
}
