/**
 * How the main screens look, compared with pictures that a person has looked at (`tests/looks/*.png`), in light, in dark and on a phone.
 *
 * The data are answers of a real node, recorded once (`tests/looks.json`), and the clock stands still at that moment, so a picture changes
 * only when the console does. All letters are of the console's own fonts. `CONVOY_RECORD=1 scripts/browser looks --workers 1` records anew,
 * `scripts/browser looks --update-snapshots=all` takes pictures anew. Look at every one before it is committed.
 */

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { APIRequestContext, Browser, Page } from "@playwright/test";
import { drawn, expect, member, part, settled, test, visit, watch } from "./network";

// Each has answers of its own; recording gathers them in one process (`--workers 1`).
test.describe.configure({ mode: "parallel" });

const FILE = "tests/looks.json";
const RECORD = process.env.CONVOY_RECORD === "1";

interface Recorded {
  time_ms: number;
  answers: Record<string, { status: number; type: string; body: string }>;
}
const recorded: Recorded = !RECORD && existsSync(FILE) ? (JSON.parse(readFileSync(FILE, "utf8")) as Recorded) : { time_ms: Date.now(), answers: {} };

async function frozen(browser: Browser, options: { scheme: "light" | "dark"; width: number; height: number }): Promise<Page> {
  const { url, token } = member("est");
  const context = await browser.newContext({ baseURL: url, colorScheme: options.scheme, viewport: { width: options.width, height: options.height }, reducedMotion: "reduce", serviceWorkers: "block" });
  const page = await context.newPage();
  watch(page);
  await page.clock.setFixedTime(recorded.time_ms);
  await page.route("**/v1/**", async (route) => {
    const { pathname, search } = new URL(route.request().url());
    if (pathname === "/v1/feed") return route.abort();
    const key = `${route.request().method()} ${pathname}${search}`;
    if (RECORD) {
      const answer = await route.fetch({ maxRetries: 3 });
      recorded.answers[key] = { status: answer.status(), type: answer.headers()["content-type"] ?? "", body: (await answer.body()).toString("base64") };
      return route.fulfill({ response: answer });
    }
    const known = recorded.answers[key];
    if (known === undefined) throw new Error(`${key} is not in ${FILE}: record it`);
    return route.fulfill({ status: known.status, contentType: known.type, body: Buffer.from(known.body, "base64") });
  });
  await page.goto(`/#token=${RECORD ? token : `convoy_${"0".repeat(64)}`}&names=scenario`);
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  return page;
}

/** What the pictures shall show beside the scenario: one consignment that is late and one that is not. */
async function setOff(request: APIRequestContext): Promise<void> {
  const { url, token } = member("est");
  const site = (number: string) => ({ id: `https://id.gs1.org/414/${number}` });
  const hours = (ago: number) => new Date(Date.now() - ago * 3_600_000).toISOString();
  const tell = async (what: number, step: string, ago: number, at: string, to: string) => {
    const destinationList = [{ type: "location", destination: site(to).id }];
    const event = { "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"], type: "ObjectEvent", action: "OBSERVE", bizStep: step, disposition: "in_transit", eventTime: hours(ago), eventTimeZoneOffset: "+02:00", epcList: [part(what)], readPoint: site(at), destinationList };
    const answer = await request.post(`${url}/v1/epcis/events`, { headers: { authorization: `Bearer ${token}`, "content-type": "application/json" }, data: event });
    expect(answer.ok(), await answer.text()).toBe(true);
  };
  const [store, depot, valga, suwalki] = ["9521501000210", "9521501000203", "9521501000104", "9521401000204"];
  await tell(2, "shipping", 124, store, suwalki);
  await tell(2, "departing", 118, valga, suwalki);
  await tell(3, "shipping", 7, depot, valga);
}

const SCREENS: Record<string, string> = {
  overview: "/",
  trace: `/trace?id=${part(6)}`,
  packed: "/trace?id=https://id.gs1.org/00/095211010000001013&tab=packing&at=2026-11-05T00:00:00Z",
  handovers: "/modules/custody/handovers?tab=all",
  offer: `/modules/custody/offer?objects=${part(8)}`,
  receive: "/modules/custody/receive",
  cases: "/modules/custody/cases",
  labels: `/labels?ids=${part(6)}&size=pallet&receipt=yes`,
  late: "/modules/custody/late?days=0",
  requests: "/modules/policy/requests",
  policies: "/modules/policy/",
  settings: "/settings",
  network: "/network",
  places: "/places",
  over: "/?stock=past",
};
const LOOKS = [
  { look: "light", scheme: "light", width: 1360, height: 850, screens: Object.keys(SCREENS) },
  { look: "dark", scheme: "dark", width: 1360, height: 850, screens: ["overview", "trace", "labels", "settings", "network"] },
  { look: "phone", scheme: "light", width: 360, height: 740, screens: ["overview", "trace", "handovers", "receive", "settings", "network", "late"] },
] as const;

for (const { look, screens, ...options } of LOOKS) {
  test(`the main screens look as they were looked at, ${look}`, async ({ browser, request }) => {
    if (RECORD && look === "light") await setOff(request);
    const page = await frozen(browser, options);
    for (const screen of screens) {
      await visit(page, SCREENS[screen] ?? "/");
      await settled(page);
      await page.evaluate(() => document.fonts.ready);
      // Everything that was asked has been answered: two answers may follow each other.
      await page.waitForLoadState("networkidle");
      await drawn(page);
      if (RECORD) continue;
      await expect.soft(page).toHaveScreenshot(`${screen}-${look}.png`, {
        animations: "disabled",
        caret: "hide",
        maxDiffPixelRatio: 0.004,
        // What tells of this very moment: a moving picture of the network's pulse.
        mask: [page.locator(".pulse")],
      });
    }
    if (RECORD) writeFileSync(FILE, `${JSON.stringify(recorded, null, 1)}\n`);
  });
}
