/**
 * The key of the person's own that lies in this browser: made here, never to be read by anybody, registered on the ledger, and then what
 * signs instead of the node.
 *
 * Flow: {@link makeKey} makes it and keeps it in IndexedDB → an administrator registers it, or a code enrols it → {@link checkKey} hears
 * so from the node → {@link sign} makes statements of what the person hands in, with and without a connection → the outbox submits them
 * as they are.
 *
 * Invariants: one lane of the signer belongs to this key, so its statements follow one another without waiting for the node's; a sequence
 * is taken under a lock that all tabs share; a statement for trying out ends within seconds of the last block.
 * Limit: whoever can open this browser profile can sign. That is what the ledger calls `own_key`; `hardware` is an administrator's word.
 */

import { get, update } from "idb-keyval";
import { useSyncExternalStore } from "react";
import { ask, postStatement, Refused } from "../api/client";
import type { Schemas } from "../api/client";

/** `made`: not on the ledger yet. `ready`: registered and valid. `ended`: revoked or past its time. */
export type KeyState = "made" | "ready" | "ended";

export interface OwnKey {
  /** The key's id on the ledger, 16 hexadecimal digits. */
  id: string;
  network: string;
  /** Who was signed in when it was made. */
  who: string;
  /** For whom it signs. */
  did: string;
  algorithm: string;
  jwk: Record<string, string>;
  /** SHA-256 of the public key, for comparing by voice. */
  thumbprint: string;
  state: KeyState;
  lane: number;
  /** The sequence of the next statement. */
  next: number;
  createdMs: number;
  pair: CryptoKeyPair;
  /** What the ledger said of it last. */
  view?: Schemas["KeyView"];
}

/** An action as it is signed. */
export interface ToSign {
  module: string;
  name: string;
  fields: unknown;
}

/** A statement that is ready to be submitted. */
export interface Signed {
  bytes: Uint8Array<ArrayBuffer>;
  id: string;
  sequence: number;
  notAfterMs: number;
}

const STORED = "convoy.keys";
/**
 * This long after the last block, what is signed only to be tried out can no longer execute. A network at rest makes its next block four
 * seconds later, and it may come between the question for the last one and the trial.
 */
const TRIAL_MS = 10_000;
const ONLINE_MS = 3_600_000;
/** What is signed without a connection waits as long as a depot may be cut off. The ledger allows 30 days. */
const OFFLINE_MS = 7 * 24 * 3_600_000;
/** Lane 0 is the node's. */
const LANES = 63;

const sdk = () => import("@convoy/client");

let keys: readonly OwnKey[] = [];
/** Who is signed in: known to the tab, also when it is opened again without a connection. */
let me: { who: string; network: string } | undefined = known();
const listeners = new Set<() => void>();

function known(): { who: string; network: string } | undefined {
  try {
    return (JSON.parse(sessionStorage.getItem("convoy.me") ?? "null") as { who: string; network: string } | null) ?? undefined;
  } catch {
    return undefined;
  }
}
if (me !== undefined) void load();

async function load(): Promise<void> {
  keys = (await get<readonly OwnKey[]>(STORED).catch(() => undefined)) ?? [];
  for (const listener of listeners) listener();
}

async function change(edit: (keys: readonly OwnKey[]) => readonly OwnKey[]): Promise<void> {
  await update<readonly OwnKey[]>(STORED, (stored) => {
    keys = edit(stored ?? []);
    return [...keys];
  });
  for (const listener of listeners) listener();
}

const patch = (id: string, next: Partial<OwnKey>) => change((all) => all.map((key) => (key.id === id ? { ...key, ...next } : key)));

/** Reads the keys of this browser; `who` is signed in. */
export async function startOwnKeys(who: string, network: string): Promise<void> {
  me = { who, network };
  await load();
  const mine = current();
  if (mine !== undefined) await checkKey(mine).catch(() => undefined);
}

const current = (): OwnKey | undefined => keys.findLast((key) => key.who === me?.who && key.network === me.network);

export const keyOf = (id: string): OwnKey | undefined => keys.find((key) => key.id === id);

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

/** The key of who is signed in, whatever its state. */
export const useOwnKey = (): OwnKey | undefined => useSyncExternalStore(subscribe, current);

/** Whether it is known who is signed in: the node has to say so first. */
export const useKeysReady = (): boolean => useSyncExternalStore(subscribe, () => me !== undefined);

/**
 * Makes a key that cannot be taken out of this browser.
 *
 * @param did For whom it will sign.
 * @param whose Who will be signed in with it, and where; who is signed in where left out.
 */
export async function makeKey(did: string, whose = me): Promise<OwnKey> {
  if (whose === undefined) throw new Error("nobody is signed in");
  const { WebCryptoKey } = await sdk();
  const made = await WebCryptoKey.generate();
  const hexOf = (bytes: Uint8Array) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const key: OwnKey = {
    id: made.publicKey.id,
    ...whose,
    did,
    algorithm: made.algorithm,
    jwk: made.publicKey.toJwk(),
    thumbprint: hexOf(made.publicKey.thumbprint),
    state: "made",
    lane: 1 + ((made.publicKey.keyId[0] ?? 0) % LANES),
    next: 0,
    createdMs: Date.now(),
    pair: made.pair,
  };
  await change((all) => [...all, key]);
  return key;
}

/** The key's signature over a challenge of the node, base64url: it shows that the key is here before the ledger knows of it. */
export async function provesKey(key: OwnKey, challenge: string): Promise<string> {
  const { WebCryptoKey } = await sdk();
  const signature = await (await WebCryptoKey.of(key.pair)).sign(new TextEncoder().encode(`convoy enrolment 1\0${challenge}`));
  return btoa(String.fromCharCode(...signature)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** A random identifier for somebody new: it carries no name. */
export function newDid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `did:convoy:${[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

/** What is final is in the answers some milliseconds later. */
const HEARD_TRIES = 10;
const HEARD_MS = 300;

/** Asks until the node knows of a change to the key. `false`: it has not heard of any. */
export async function hearOfKey(key: OwnKey, changed: (now: OwnKey) => boolean): Promise<boolean> {
  for (let left = HEARD_TRIES; left > 0; left--) {
    await checkKey(key);
    const now = keyOf(key.id);
    if (now !== undefined && changed(now)) return true;
    await new Promise((resolve) => setTimeout(resolve, HEARD_MS));
  }
  return false;
}

/** Asks the node how the key stands. */
export async function checkKey(key: OwnKey): Promise<void> {
  let signer: { status: string; keys: Schemas["KeyView"][] };
  try {
    signer = (await ask(`/v1/signers/${encodeURIComponent(key.did)}`)) as typeof signer;
  } catch (error) {
    if (error instanceof Refused && error.problem.status === 404) return;
    throw error;
  }
  const view = signer.keys.find((one) => one.key_id === key.id);
  if (view === undefined) return;
  const over = view.revoked_ms != null || (view.valid_until_ms != null && view.valid_until_ms <= Date.now()) || signer.status === "retired";
  await patch(key.id, { view, state: over ? "ended" : "ready" });
}

/** Throws the key away. On the ledger it stays what it is: revoke it first. */
export const forgetKey = (id: string): Promise<void> => change((all) => all.filter((key) => key.id !== id));

/** The bytes of an action, or why this browser cannot write them. */
export async function encoded({ module, name, fields }: ToSign): Promise<Uint8Array | { trouble: string }> {
  const { ActionError, encodeAction, knowsAction } = await sdk();
  if (!knowsAction(module, name)) return { trouble: `${module}: ${name}` };
  try {
    return encodeAction(module, { [name]: fields });
  } catch (error) {
    if (error instanceof ActionError) return { trouble: error.message };
    throw error;
  }
}

async function made(key: OwnKey, action: ToSign, sequence: number, notAfterMs: number) {
  const { StatementBuilder, WebCryptoKey } = await sdk();
  const body = await encoded(action);
  if (!(body instanceof Uint8Array)) throw new Error(body.trouble);
  const builder = new StatementBuilder(key.network, key.did, notAfterMs).sequence(key.lane, sequence).encodedAction(action.module, body);
  return builder.signWith(await WebCryptoKey.of(key.pair));
}

const blockTime = async (): Promise<number> => ((await ask("/v1/network")) as { time_ms: number }).time_ms;

/** What the action would do, tried by the node on the ledger as it is. What is signed for that is void some seconds later. */
export async function tryOut(key: OwnKey, action: ToSign): Promise<unknown> {
  const statement = await made(key, action, key.next, (await blockTime()) + TRIAL_MS);
  return postStatement(statement.bytes as Uint8Array<ArrayBuffer>, true);
}

/**
 * Signs an action as the next statement of the key's lane.
 *
 * @param pending Whether statements of the key wait on this device: then the device counts, else the node says what is next.
 */
export async function sign(id: string, action: ToSign, pending: boolean): Promise<Signed> {
  return locked(async () => {
    keys = (await get<readonly OwnKey[]>(STORED)) ?? keys;
    const key = keyOf(id);
    if (key === undefined) throw new Error("the key is no longer in this browser");
    let { next } = key;
    let notAfterMs = Date.now() + OFFLINE_MS;
    try {
      const { lanes } = (await ask(`/v1/signers/${encodeURIComponent(key.did)}`)) as { lanes: { lane: number; next_sequence: number }[] };
      if (!pending) next = lanes.find((lane) => lane.lane === key.lane)?.next_sequence ?? 0;
      // This device's clock may be wrong; the ledger's is what counts.
      notAfterMs = Math.max(await blockTime(), Date.now()) + ONLINE_MS;
    } catch (error) {
      if (error instanceof Refused) throw error;
    }
    const statement = await made(key, action, next, notAfterMs);
    await patch(id, { next: next + 1 });
    return { bytes: statement.bytes as Uint8Array<ArrayBuffer>, id: statement.id, sequence: next, notAfterMs };
  });
}

/** The node did not take a statement: its place in the lane is free again. */
export const giveBack = (id: string, sequence: number): Promise<void> => locked(() => patch(id, { next: sequence }));

async function locked<T>(work: () => Promise<T>): Promise<T> {
  // The types of browsers say that a lock's answer may be awaited twice; it is one promise.
  return "locks" in navigator ? ((await navigator.locks.request(STORED, work)) as T) : work();
}
