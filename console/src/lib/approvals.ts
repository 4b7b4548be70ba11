/** What a policy wants of others and of time, read from its text: the ledger tells who was denied, not what would change it. */

export interface PolicyWords {
  id: string;
  effect: string;
  description: string;
  grantor: string;
}
export interface Approval {
  policy: PolicyWords;
  /** How many others have to approve. */
  needed: number;
  /** How long it cools off, milliseconds. */
  waitMs: number;
}

/** The largest number that a policy compares this circumstance with. */
const demanded = (text: string, circumstance: string): number =>
  [...text.matchAll(new RegExp(`context\\.${circumstance}\\s*(>=|>)\\s*(\\d+)`, "g"))].reduce((most, [, sign, digits]) => Math.max(most, Number(digits) + (sign === ">" ? 1 : 0)), 0);

/** What a policy's text says of approvals: nothing where it does not look at them. */
export function approvalOf(policy: PolicyWords, text: string): Approval | undefined {
  if (!/context\.(approvals|waited_ms)/.test(text)) return undefined;
  return { policy, needed: demanded(text, "approvals"), waitMs: demanded(text, "waited_ms") };
}
