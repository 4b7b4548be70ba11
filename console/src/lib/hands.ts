/** Bare hands or gloves: how large everything is that is touched. */

import { useSyncExternalStore } from "react";

export type Hands = "bare" | "gloves";
const STORED = "convoy.hands";
const listeners = new Set<() => void>();
let hands: Hands = "bare";

export function startHands(): void {
  try {
    if (localStorage.getItem(STORED) === "gloves") setHands("gloves");
  } catch {
    // Kept nowhere: bare hands.
  }
}

export function setHands(next: Hands): void {
  hands = next;
  document.documentElement.dataset.hands = next;
  try {
    localStorage.setItem(STORED, next);
  } catch {
    // Good until the page is left.
  }
  for (const listener of listeners) listener();
}

export function useHands(): Hands {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => hands,
  );
}
