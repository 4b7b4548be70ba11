/**
 * The outbox: everything that this device hands in, from the tap to its final state.
 *
 * Flow: kept on the device (IndexedDB) → sent as soon as the node answers → followed until it is final. Without a connection it waits here
 * and says so; nothing is lost by closing the page.
 *
 * Invariants: an entry is sent only in the name of the person who made it; entries go in order, one tab at a time; each ends explained:
 * accepted (block and time), refused (number, reason, remedy) or expired.
 * What the person's own key signed is submitted as it was signed, at the moment of the tap or days later; sent twice it is one statement. Where
 * the node did not take one, its place in the lane is given to the next, which is signed anew: it had not been sent.
 * Limit: where the node signs and the connection breaks after it took something and before it said so, it is sent again, and the ledger's own
 * rules refuse the second (an offer of what is on offer, an event that is recorded). The refusal is shown with that explanation.
 */

import { get, update } from "idb-keyval";
import { useSyncExternalStore } from "react";
import { ask, type Problem, post, postStatement, Refused, worthRepeating } from "../api/client";
import { atChange, signedIn } from "../app/session";
import { giveBack, sign, type Signed, type ToSign } from "./own-key";

export type State = "queued" | "waiting" | "accepted" | "refused" | "expired";

export interface Entry {
  id: string;
  /** In the person's words. */
  title: string;
  path: string;
  body: unknown;
  /** Who made it: the signer, or the token's name. */
  who: string;
  network: string;
  state: State;
  createdMs: number;
  sentMs?: number;
  /** When this page learnt that it is final. */
  finalMs?: number;
  attempts: number;
  /** Why it still waits. */
  note?: string;
  statements: string[];
  height?: number;
  blockMs?: number;
  problem?: Problem;
  /** Signed by this key of the person's own; by the node where it is left out. */
  own?: { key: string; action: ToSign };
  /** The statement, from when it was signed until the node has it. */
  signed?: Signed;
}

const STORED = "convoy.outbox";
const ME = "convoy.me";
const KEPT = 200;
const ATTEMPTS_MAX = 5;
const AGAIN_MS = 4_000;
const POLL_MS = 15_000;

let entries: readonly Entry[] = [];
/** Who hands in. Kept for this tab, so that a page opened again without a connection still knows. */
let me: { who: string; network: string } | undefined = known();
/** What was handed in on this page before the node said who is signed in: it becomes that person's. */
const nameless = new Set<string>();
let timer: ReturnType<typeof setTimeout> | undefined;
const listeners = new Set<() => void>();

function known(): { who: string; network: string } | undefined {
  try {
    return JSON.parse(sessionStorage.getItem(ME) ?? "null") as { who: string; network: string } | undefined ?? undefined;
  } catch {
    return undefined;
  }
}

atChange(() => {
  me = undefined;
  nameless.clear();
});

const tell = () => {
  for (const listener of listeners) listener();
};

export function useOutbox(): readonly Entry[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => entries,
  );
}

async function change(edit: (entries: readonly Entry[]) => readonly Entry[]): Promise<void> {
  await update<readonly Entry[]>(STORED, (stored) => {
    entries = edit(stored ?? []).slice(-KEPT);
    return entries;
  });
  tell();
}

const patch = (id: string, next: Partial<Entry>) => change((all) => all.map((entry) => (entry.id === id ? { ...entry, ...next } : entry)));

/** Begins to send what waits in the name of this person. */
export async function startOutbox(who: string, network: string): Promise<void> {
  me = { who, network };
  try {
    sessionStorage.setItem(ME, JSON.stringify(me));
  } catch {
    // Known until the page is left.
  }
  await change((all) => all.map((entry) => (nameless.has(entry.id) ? { ...entry, who, network } : entry)));
  nameless.clear();
  void flush();
}

export async function refreshOutbox(): Promise<void> {
  entries = (await get<readonly Entry[]>(STORED)) ?? [];
  tell();
}

/** Refusals that mean another place in the lane: used already, or too far ahead. */
const OTHER_PLACE = new Set([10, 11]);

/** Puts something in, signed where it is for the person's own key, and begins to send it. */
export async function enqueue(made: Pick<Entry, "title" | "path" | "body" | "own">): Promise<string> {
  const id = crypto.randomUUID();
  const signed = made.own && (await sign(made.own.key, made.own.action, waiting(made.own.key)));
  if (me === undefined) nameless.add(id);
  const entry: Entry = { ...made, id, who: me?.who ?? "", network: me?.network ?? "", state: "queued", createdMs: Date.now(), attempts: 0, statements: [], ...(signed && { signed }) };
  await change((all) => [...all, entry]);
  void flush();
  return id;
}

/** Takes out what is final, or what has not been sent. */
export async function remove(id: string): Promise<void> {
  await change((all) => all.filter((entry) => entry.id !== id || entry.state === "waiting"));
}

export async function removeFinal(): Promise<void> {
  await change((all) => all.filter((entry) => entry.state === "queued" || entry.state === "waiting"));
}

/** Sends what is queued and follows what is under way. One tab does it; the others see it. */
export async function flush(): Promise<void> {
  clearTimeout(timer);
  const work = async () => {
    for (;;) {
      const next = entries.find((entry) => mine(entry) && (entry.state === "queued" || entry.state === "waiting"));
      if (next === undefined || !signedIn()) return;
      const go = next.state === "queued" ? await send(next) : await track(next);
      if (!go) break;
    }
    timer = setTimeout(() => void flush(), AGAIN_MS);
  };
  if (!("locks" in navigator)) return work();
  await navigator.locks.request(STORED, { ifAvailable: true }, async (lock) => {
    if (lock === null) {
      timer = setTimeout(() => void refreshOutbox(), AGAIN_MS);
      return;
    }
    await work();
  });
}

const mine = (entry: Entry) => me !== undefined && entry.who === me.who && entry.network === me.network;

/** Whether statements of this key are signed and not with the node yet. */
const waiting = (key: string) => entries.some((entry) => entry.own?.key === key && entry.state === "queued" && entry.signed !== undefined);

/** Hands in what the person's key signed. */
async function sendSigned(entry: Entry, { key, action }: NonNullable<Entry["own"]>): Promise<unknown> {
  const signed = entry.signed ?? (await sign(key, action, waiting(key)));
  if (entry.signed === undefined) await patch(entry.id, { signed });
  try {
    return await postStatement(signed.bytes, false);
  } catch (error) {
    if (!(error instanceof Refused) || worthRepeating(error) || error.problem.status === 401) throw error;
    // The node has it already: the answer to the first time was lost.
    const { state } = (await ask(`/v1/statements/${signed.id}`)) as { state: string };
    if (state !== "unknown") return { results: [{ id: signed.id }] };
    await giveBack(key, signed.sequence);
    await change((all) => all.map((one) => (one.own?.key === key && one.state === "queued" ? unsigned(one) : one)));
    if (OTHER_PLACE.has(error.problem.code) && entry.attempts < ATTEMPTS_MAX) {
      await patch(entry.id, { attempts: entry.attempts + 1 });
      const anew = entries.find((one) => one.id === entry.id);
      if (anew !== undefined) return sendSigned(anew, { key, action });
    }
    throw error;
  }
}

function unsigned({ signed: _signed, ...entry }: Entry): Entry {
  return entry;
}

async function send(entry: Entry): Promise<boolean> {
  try {
    const answer = (entry.own ? await sendSigned(entry, entry.own) : await post(entry.path, entry.body)) as { results: ({ id: string } | { problem: Problem })[] };
    const refused = answer.results.find((result) => "problem" in result);
    const statements = answer.results.flatMap((result) => ("id" in result ? [result.id] : []));
    const sent = { attempts: entry.attempts + 1, sentMs: Date.now(), statements };
    if (refused && "problem" in refused) await patch(entry.id, { ...sent, state: "refused", problem: refused.problem, finalMs: Date.now() });
    else await patch(entry.id, { ...sent, state: "waiting" });
    return true;
  } catch (error) {
    if (error instanceof Refused && !worthRepeating(error) && error.problem.status !== 401) {
      await patch(entry.id, { state: "refused", problem: error.problem, finalMs: Date.now(), attempts: entry.attempts + 1 });
      return true;
    }
    await patch(entry.id, { attempts: entry.attempts + 1, note: error instanceof Error ? error.message : String(error) });
    return false;
  }
}

async function track(entry: Entry): Promise<boolean> {
  try {
    for (const id of entry.statements) {
      const status = (await ask(`/v1/statements/${id}`, { wait_ms: String(POLL_MS) })) as {
        state: string;
        height?: number;
        time_ms?: number;
        refusal?: Problem;
      };
      if (status.state === "waiting") return true;
      if (status.state === "unknown" && entry.signed !== undefined && entry.signed.notAfterMs > Date.now()) {
        // The node was started again before it was final. The same statement sent again is the same statement.
        await patch(entry.id, { state: "queued", statements: [] });
        return true;
      }
      const state: State = status.state === "accepted" || status.state === "refused" ? status.state : "expired";
      if (state === "accepted" && id !== entry.statements.at(-1)) continue;
      await patch(entry.id, {
        state,
        finalMs: Date.now(),
        ...(status.height !== undefined && { height: status.height }),
        ...(status.time_ms !== undefined && { blockMs: status.time_ms }),
        ...(status.refusal && { problem: status.refusal }),
      });
      return true;
    }
    return true;
  } catch (error) {
    if (error instanceof Refused && !worthRepeating(error)) return false;
    await patch(entry.id, { note: error instanceof Error ? error.message : String(error) });
    return false;
  }
}

addEventListener("online", () => void flush());
