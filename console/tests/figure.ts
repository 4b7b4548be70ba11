/** What was promised about speed, and what was measured. Printed; `scripts/figures` reads them and says whether they hold. */

import { appendFileSync } from "node:fs";

export const PROMISES = {
  first_screen_ms: { most: 1_500, what: "first screen usable, cold cache, on the machine's loopback" },
  longest_task_ms: { most: 100, what: "longest task while a list of 100,000 rows scrolls" },
  map_ms: { most: 1_000, what: "a new event on the map, after it is final" },
} as const;

export function figure(name: keyof typeof PROMISES, value: number): void {
  const { most, what } = PROMISES[name];
  console.log(`  ${Math.round(value)} ms (promised: ${most}) ${what}`);
  if (process.env.CONVOY_FIGURES) appendFileSync(process.env.CONVOY_FIGURES, `${JSON.stringify({ name, value: Math.round(value), most, what })}\n`);
}
