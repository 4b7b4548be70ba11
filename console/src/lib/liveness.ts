/** How a validator stands by when it was last heard of, against this node's own clock and height. */

import type { Liveness } from "../api/queries";

export type Standing = "now" | "behind" | "silent" | "unheard";
export const TONE: Record<Standing, "go" | "wait" | "fail" | "quiet"> = { now: "go", behind: "wait", silent: "fail", unheard: "quiet" };

/** A node repeats its last signature every five seconds while the log rests; three of them missed is silence. */
const SILENT_MS = 15_000;
/** A validator that signs blocks this far behind the last is catching up. */
const BEHIND_BLOCKS = 5;

export function standing(one: Liveness, here: { height: number; now_ms: number }): Standing {
  if (!one.signed) return "unheard";
  if (here.now_ms - one.signed.seen_ms > SILENT_MS) return "silent";
  return here.height - one.signed.height > BEHIND_BLOCKS ? "behind" : "now";
}
