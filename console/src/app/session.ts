/**
 * Who is signed in.
 *
 * Two sources of the same {@link Session}. A session of the node: its cookie is out of reach of scripts, so that all that is known here is that
 * there is one, in every tab of this browser. Or a token: it lives in sessionStorage, ends with the tab, and no other tab or origin sees
 * it. A link may bring a token in its fragment, which browsers send to no server; it is taken out of the address before anything else happens.
 */

import { useSyncExternalStore } from "react";

const KEY = "convoy.token";
/** Says to other tabs, and after a reload, that the node has set a session's cookie. It opens nothing. */
const SIGNED_IN = "convoy.signed-in";
/** Why somebody has to sign in again: a reload of the sign-in page still says so. */
const NOTICE = "convoy.notice";

/** What the node says of who asks. */
export interface Session {
  /** What the operator calls the token, or the session's name. */
  token: string;
  scopes: string[];
  /** The member whose node this is. */
  member: string;
  /** For whom the node signs. */
  signer?: string | null;
  /** From when on the session or token is void. */
  expires_ms?: number | null;
  /** How the caller showed who it is. */
  how?: string;
  /** The session's name in the list of sessions. */
  session?: string | null;
}

interface State {
  token: string | undefined;
  /** Whether the node has set a session's cookie. */
  cookie: boolean;
  /** Why somebody has to sign in again. */
  notice: "expired" | undefined;
}

let state: State = {
  token: read(sessionStorage, KEY),
  cookie: read(localStorage, SIGNED_IN) !== undefined,
  notice: read(sessionStorage, NOTICE) === "expired" ? "expired" : undefined,
};
const listeners = new Set<() => void>();

function read(from: Storage, key: string): string | undefined {
  try {
    return from.getItem(key) ?? undefined;
  } catch {
    return undefined;
  }
}

function write(to: Storage, key: string, value: string | undefined): void {
  try {
    if (value === undefined) to.removeItem(key);
    else to.setItem(key, value);
  } catch {
    // A browser that keeps nothing: signed in until the page is left.
  }
}

let forget = (): void => undefined;

/** What is to be forgotten when somebody else may be signed in: who it was. */
export function atChange(work: () => void): void {
  forget = work;
}

function put(next: State): void {
  const other = next.token !== state.token || next.cookie !== state.cookie;
  state = next;
  if (other) {
    write(sessionStorage, "convoy.me", undefined);
    forget();
  }
  write(sessionStorage, KEY, next.token);
  write(sessionStorage, NOTICE, next.notice);
  write(localStorage, SIGNED_IN, next.cookie ? "1" : undefined);
  for (const listener of listeners) listener();
}

/** Signed out in another tab, or in: this one follows. */
addEventListener("storage", (event) => {
  if (event.key !== SIGNED_IN) return;
  state = { ...state, cookie: event.newValue !== null };
  for (const listener of listeners) listener();
});

/** The token to send; none where a cookie goes along by itself. */
export const token = (): string | undefined => state.token;

/** Whether somebody is signed in, as far as is known here: the node decides at every request. */
export const signedIn = (): boolean => state.token !== undefined || state.cookie;

export function signIn(text: string): void {
  put({ token: text.trim(), cookie: state.cookie, notice: undefined });
}

/** The node has begun a session and set its cookie. */
export function entered(): void {
  put({ token: undefined, cookie: true, notice: undefined });
}

let leave = (): void => undefined;

/** What tells the node that a session is over: the client, which knows the way to it. */
export function atSignOut(work: () => void): void {
  leave = work;
}

/** Signs out, also at the node: whoever copied the cookie is out too. */
export function signOut(): void {
  if (state.cookie) leave();
  put({ token: undefined, cookie: false, notice: undefined });
}

/** The node no longer takes the token or the session. */
export function expired(): void {
  if (signedIn()) put({ token: undefined, cookie: false, notice: "expired" });
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
