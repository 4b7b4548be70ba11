/**
 * Who is signed in.
 *
 * Today a token of the member's node says who somebody is; passkeys and OpenID Connect will put another source of the same {@link Session}
 * behind {@link signIn}. The token lives in sessionStorage: it ends with the tab and no other tab or origin sees it. A link may bring it in its
 * fragment, which browsers send to no server; it is taken out of the address before anything else happens.
 */

import { useSyncExternalStore } from "react";

const KEY = "convoy.token";

/** What the node says of the token. */
export interface Session {
  /** What the operator calls the token. */
  token: string;
  scopes: string[];
  /** The member whose node this is. */
  member: string;
  /** For whom the node signs. */
  signer?: string | null;
  /** From when on the token is void. */
  expires_ms?: number | null;
}

interface State {
  token: string | undefined;
  /** Why somebody has to sign in again. */
  notice: "expired" | undefined;
}

let state: State = { token: read(), notice: undefined };
const listeners = new Set<() => void>();

function read(): string | undefined {
  try {
    return sessionStorage.getItem(KEY) ?? undefined;
  } catch {
    return undefined;
  }
}

function put(next: State): void {
  const other = next.token !== state.token;
  state = next;
  try {
    if (other) sessionStorage.removeItem("convoy.me");
    if (next.token === undefined) sessionStorage.removeItem(KEY);
    else sessionStorage.setItem(KEY, next.token);
  } catch {
    // A browser that keeps nothing: signed in until the page is left.
  }
  for (const listener of listeners) listener();
}

/** The token to send. */
export const token = (): string | undefined => state.token;

export function signIn(text: string): void {
  put({ token: text.trim(), notice: undefined });
}

export function signOut(): void {
  put({ token: undefined, notice: undefined });
}

/** The node no longer takes the token. */
export function expired(): void {
  if (state.token !== undefined) put({ token: undefined, notice: "expired" });
}

export function useToken(): State {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => state,
  );
}

/** Takes what a link brings in its fragment, `#token=…&names=…`, and the fragment out of the address. */
export function takeFragment(): { names: string | undefined } {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const brought = fragment.get("token");
  const names = fragment.get("names") ?? undefined;
  if (brought !== null || names !== undefined) history.replaceState(history.state, "", location.pathname + location.search);
  if (brought !== null && /^convoy_[0-9a-f]{16,128}$/.test(brought)) signIn(brought);
  return { names };
}
