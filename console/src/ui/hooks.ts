/** What many pages ask: the members by name, who I am, what I may do and why not. */

import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { members, session, signer } from "../api/queries";
import type { Member } from "../api/queries";
import { t, word } from "../i18n";
import { type OwnKey, useOwnKey } from "../lib/own-key";

const NONE: ReadonlyMap<string, Member> = new Map();

export function useMembers(): ReadonlyMap<string, Member> {
  const { data } = useQuery({ ...members(), select: (list) => new Map(list.members.map((member) => [member.member, member])) });
  return data ?? NONE;
}

export interface Me {
  /** Who signs: whose own key lies in this browser, else whom the node signs for, where it says so. */
  signer: string | undefined;
  /** The key of the person's own that signs. */
  key: OwnKey | undefined;
  member: string | undefined;
  roles: readonly string[] | undefined;
  scopes: readonly string[] | undefined;
}

export function useMe(): Me {
  const { data: mine } = useQuery(session());
  const own = useOwnKey();
  const key = own?.state === "ready" ? own : undefined;
  const did = key?.did ?? mine?.signer ?? undefined;
  const { data: person } = useQuery({ ...signer(did ?? ""), enabled: did !== undefined });
  return { signer: did, key, member: person?.member ?? mine?.member, roles: person?.roles, scopes: mine?.scopes };
}

/** Why this person cannot do something that needs one of these roles; `undefined` where nothing speaks against it. */
export function useWhyNot(roles: readonly string[]): string | undefined {
  const me = useMe();
  if (me.scopes && !me.scopes.includes("submit")) return t("why.scope");
  if (me.scopes && me.signer === undefined) return t("why.signer");
  if (roles.length === 0 || me.roles === undefined) return undefined;
  if (roles.some((role) => me.roles?.includes(role))) return undefined;
  return t("why.role", { roles: roles.map((role) => word("role", role)).join(", "), mine: me.roles.map((role) => word("role", role)).join(", ") || "–" });
}

export function useNow(everyMs: number): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}
