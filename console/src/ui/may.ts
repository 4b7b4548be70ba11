/**
 * Whether policies let this person do something now, and what they want before: asked of the node's own explanation, so that a page says it
 * before anybody has typed anything. The ledger decides all the same.
 */

import { useQueries, useQuery } from "@tanstack/react-query";
import { question } from "../api/queries";
import { type Approval, approvalOf, type PolicyWords } from "../lib/approvals";
import { useMe } from "./hooks";

interface Explanation {
  allowed: boolean;
  sentence: string;
  policies: PolicyWords[];
}

/** What policies want before the action takes effect. Nothing where it may be done at once, or where nobody can say. */
export interface May {
  /** The policy that denies it for good, in its own words (English, as it stands on the ledger). */
  denied?: PolicyWords;
  /** The policy that wants a key of the person's own. */
  ownKey?: PolicyWords;
  /** Others have to approve, or time has to pass. */
  approval?: Approval;
}
const READY: May = {};

/**
 * Whether I may.
 *
 * @param action As policies call it: `custody::write_off`.
 */
export function useMay(action: string | undefined): May {
  const me = useMe();
  return useMaySigner(action, me.signer, me.key !== undefined);
}

/** Whether `did` may, with a key of its own or without. */
export function useMaySigner(action: string | undefined, did: string | undefined, own: boolean): May {
  const asked = { did: did ?? "", action: action ?? "", assurance: own ? "1" : "0" };
  const { data } = useQuery({ ...question("policy", "why", asked), enabled: did !== undefined && action !== undefined, staleTime: 10_000, retry: false });
  const explained = data as Explanation | undefined;
  const forbidding = explained?.allowed === false ? explained.policies.filter((policy) => policy.effect === "forbid") : [];
  const texts = useQueries({ queries: forbidding.map((policy) => ({ ...question("policy", "policy", { id: policy.id }), staleTime: 60_000 })) });
  if (explained === undefined || explained.allowed) return READY;
  const may: May = {};
  for (const [index, policy] of forbidding.entries()) {
    const text = (texts[index]?.data as { text: string } | undefined)?.text;
    if (text === undefined) continue;
    const approval = approvalOf(policy, text);
    if (approval) {
      const before = may.approval;
      may.approval = before && { policy, needed: Math.max(before.needed, approval.needed), waitMs: Math.max(before.waitMs, approval.waitMs) } || approval;
    } else if (!own && text.includes("context.assurance")) may.ownKey = policy;
    else may.denied = policy;
  }
  if (forbidding.length === 0) may.denied = { id: "", effect: "forbid", description: explained.sentence, grantor: explained.policies[0]?.grantor ?? "" };
  return may;
}
