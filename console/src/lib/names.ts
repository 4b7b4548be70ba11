/**
 * The address book: what people call identifiers, and where sites are. It stays in this browser; the ledger holds identifiers only.
 *
 * Entries come from a file of the reader (JSON: an array of `{id, name, latitude?, longitude?}`), or from the book of the example scenario.
 */

import { useSyncExternalStore } from "react";

export interface Entry {
  /** The identifier as the ledger writes it. */
  id: string;
  name: string;
  latitude?: number;
  longitude?: number;
}

const STORED = "convoy.names";
const ENTRIES_MAX = 20_000;
const NAME_MAX = 200;

let book: ReadonlyMap<string, Entry> = new Map();
const listeners = new Set<() => void>();

function set(entries: readonly Entry[]): void {
  book = new Map(entries.map((entry) => [entry.id, entry]));
  for (const listener of listeners) listener();
}

export function startNames(): void {
  try {
    const stored = localStorage.getItem(STORED);
    if (stored !== null) set(parseBook(stored));
  } catch {
    // Unreadable or kept nowhere: identifiers are shown as they are.
  }
}

/** Why a book is refused: which entry, what is wrong. */
export class BookError extends Error {
  override name = "BookError";
}

export function parseBook(text: string): Entry[] {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    throw new BookError("the file is no JSON");
  }
  if (!Array.isArray(read)) throw new BookError("the file is no list: write [{\"id\": …, \"name\": …}]");
  if (read.length > ENTRIES_MAX) throw new BookError(`it has ${read.length} entries; ${ENTRIES_MAX} at most`);
  return read.map((entry: unknown, index) => {
    const value = (typeof entry === "object" && entry !== null ? entry : {}) as Record<string, unknown>;
    const wrong = (field: string, what: string) => new BookError(`entry ${index + 1}: ${field}: ${what}`);
    if (typeof value.id !== "string" || value.id === "" || value.id.length > 500) throw wrong("id", "an identifier belongs here");
    if (typeof value.name !== "string" || value.name === "" || value.name.length > NAME_MAX) throw wrong("name", `1 to ${NAME_MAX} characters belong here`);
    const made: Entry = { id: value.id, name: value.name };
    if (value.latitude === undefined && value.longitude === undefined) return made;
    const within = (degrees: unknown, most: number): degrees is number => typeof degrees === "number" && Math.abs(degrees) <= most;
    if (!within(value.latitude, 90)) throw wrong("latitude", "-90 to 90 degrees belong here");
    if (!within(value.longitude, 180)) throw wrong("longitude", "-180 to 180 degrees belong here");
    return { ...made, latitude: value.latitude, longitude: value.longitude };
  });
}

/** Adds entries to the book and keeps it. */
export function addEntries(entries: readonly Entry[]): void {
  const merged = new Map(book);
  for (const entry of entries) merged.set(entry.id, entry);
  set([...merged.values()]);
  keep();
}

export function clearBook(): void {
  set([]);
  keep();
}

function keep(): void {
  try {
    localStorage.setItem(STORED, JSON.stringify([...book.values()]));
  } catch {
    // Full or not allowed: good until the page is left.
  }
}

export function useBook(): ReadonlyMap<string, Entry> {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => book,
  );
}

/** The name of the book, or undefined. */
export const nameOf = (id: string | null | undefined): string | undefined => (id ? book.get(id)?.name : undefined);
