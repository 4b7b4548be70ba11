/**
 * The outbox: everything that this device hands in, from the tap to its final state.
 *
 * Flow: kept on the device (IndexedDB) → sent as soon as the node answers → followed until it is final. Without a connection it waits here
 * and says so; nothing is lost by closing the page.
 *
 * Invariants: an entry is sent only in the name of the person who made it; entries go in order, one tab at a time; each ends explained:
 * accepted (block and time), refused (number, reason, remedy) or expired.
 * Limit: where the connection breaks after the node took it and before it said so, it is sent again, and the ledger's own rules refuse the
 * second (an offer of what is on offer, an event that is recorded). The refusal is shown with that explanation.
 */

import { get, update } from "idb-keyval";
import { useSyncExternalStore } from "react";
import { ask, type Problem, post, Refused, worthRepeating } from "../api/client";
import { signedIn } from "../app/session";

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
}

const STORED = "convoy.outbox";
const ME = "convoy.me";
const KEPT = 200;
const AGAIN_MS = 4_000;
const POLL_MS = 15_000;

let entries: readonly Entry[] = [];
/** Who hands in. Kept for this tab, so that a page opened again without a connection still knows. */
let me: { who: string; network: string } | undefined = known();
let timer: ReturnType<typeof setTimeout> | undefined;
const listeners = new Set<() => void>();

function known(): { who: string; network: string } | undefined {
  try {
    return JSON.parse(sessionStorage.getItem(ME) ?? "null") as { who: string; network: string } | undefined ?? undefined;
  } catch {
    return undefined;
  }
}

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
  entries = (await get<readonly Entry[]>(STORED)) ?? [];
  tell();
  void flush();
}

export async function refreshOutbox(): Promise<void> {
  entries = (await get<readonly Entry[]>(STORED)) ?? [];
  tell();
}

/** Puts something in and begins to send it. */
export async function enqueue(made: Pick<Entry, "title" | "path" | "body">): Promise<string> {
  const id = crypto.randomUUID();
  const entry: Entry = { ...made, id, who: me?.who ?? "", network: me?.network ?? "", state: "queued", createdMs: Date.now(), attempts: 0, statements: [] };
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

async function send(entry: Entry): Promise<boolean> {
  try {
    const answer = (await post(entry.path, entry.body)) as { results: ({ id: string } | { problem: Problem })[] };
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
