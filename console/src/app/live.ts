/**
 * The live feed: what becomes final is on every page without asking.
 *
 * Flow: the SDK's feed, resumed behind its cursor by itself, so a gap is filled when the connection comes back → the questions that an event
 * touches are asked again → the pulse (last block) is told to whoever shows it.
 */

import { type QueryClient } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import type { Block } from "../api/queries";
import { token } from "./session";

export interface Pulse {
  height: number | undefined;
  /** When the last event reached this page, by this machine's clock. */
  heardMs: number | undefined;
  /** The last blocks, oldest first. */
  blocks: Block[];
  /** How long after it was made each was final and told here, by height, milliseconds; of those that came while this page was open. */
  finalMs: ReadonlyMap<number, number>;
  connected: boolean;
}

const KEPT = 90;
/** A network without news still makes a block every few seconds. */
export const SILENT_MS = 12_000;
/** Events come in bursts; a question is asked again once for a burst. */
const GATHER_MS = 150;
/** After the SDK has given up on a node that stays away. */
const AGAIN_MS = 3_000;

let pulse: Pulse = { height: undefined, heardMs: undefined, blocks: [], finalMs: new Map(), connected: false };
const listeners = new Set<() => void>();

function tell(next: Pulse): void {
  pulse = next;
  for (const listener of listeners) listener();
}

export function usePulse(): Pulse {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => pulse,
  );
}

/** Blocks that were final before the feed began. */
export function seed(blocks: Block[]): void {
  const first = pulse.blocks[0]?.height ?? Infinity;
  const earlier = blocks.filter((block) => block.height < first);
  if (earlier.length === 0) return;
  tell({ ...pulse, blocks: [...earlier, ...pulse.blocks].slice(-KEPT), height: pulse.height ?? earlier.at(-1)?.height });
}

/** Which questions an event of the feed makes out of date, by the first word of their keys. */
const TOUCHES: Record<string, string[][]> = {
  goods: [["goods"], ["module"]],
  handover: [["handover"], ["goods"], ["module"]],
  case: [["case"], ["goods"], ["module"]],
  policy: [["module"]],
  member: [["members"], ["member"], ["module"], ["trust"]],
};

/** Follows the feed until the returned function is called. */
export function follow(client: QueryClient): () => void {
  let stopped = false;
  const stale = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const refresh = () => {
    timer = undefined;
    for (const key of stale) void client.invalidateQueries({ queryKey: JSON.parse(key) as string[] });
    stale.clear();
  };

  let close = () => {};
  void (async () => {
    // The SDK brings cryptography along: it is loaded behind the first screen.
    const { Client } = await import("@convoy/client");
    let cursor: string | undefined;
    while (!stopped) {
      const feed = new Client(location.origin, { token: token() }).feed(cursor);
      close = () => feed.close();
      try {
        for await (const event of feed) {
          take(event.kind, event.data);
          cursor = event.cursor;
        }
      } catch (error) {
        tell({ ...pulse, connected: false });
        // The cursor is older than what this node holds: everything is asked anew, and the feed goes on from now.
        if (error instanceof Error && error.name === "ProblemError") {
          cursor = undefined;
          void client.invalidateQueries();
        }
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      }
    }
  })();

  function take(kind: string, told: unknown): void {
    const heardMs = Date.now();
    if (kind === "block") {
      const block = told as Block;
      const blocks = [...pulse.blocks.filter((b) => b.height < block.height), block].slice(-KEPT);
      const finalMs = new Map([...pulse.finalMs].filter(([height]) => height >= (blocks[0]?.height ?? 0)));
      // Where the clocks differ more than that, the difference says nothing.
      const took = heardMs - block.time_ms;
      if (took >= 0 && took < SILENT_MS) finalMs.set(block.height, took);
      tell({ height: block.height, heardMs, connected: true, blocks, finalMs });
      return;
    }
    tell({ ...pulse, heardMs, connected: true });
    for (const key of TOUCHES[kind] ?? []) stale.add(JSON.stringify(key));
    if (stale.size > 0) timer ??= setTimeout(refresh, GATHER_MS);
  }

  return () => {
    stopped = true;
    close();
    clearTimeout(timer);
    tell({ ...pulse, connected: false });
  };
}
