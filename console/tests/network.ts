/** The network under test, and pages that are signed in as somebody of it. Every test also holds that no request leaves this machine. */

import { test as base, type Browser, expect, type Page } from "@playwright/test";
import { readFileSync } from "node:fs";

const folder = process.env.CONVOY_DEMO ?? "";
interface Manifest {
  members: { id: string; name: string; node: { api: string; config: string } | null; signers: { token: string; did: string }[] }[];
}
const manifest = JSON.parse(readFileSync(`${folder}/network.json`, "utf8")) as Manifest;

export const part = (number: number) => `urn:epc:id:sgtin:9521101.012001.NP26-000${number}`;

export function member(id: string): { url: string; token: string; name: string } {
  const found = manifest.members.find((one) => one.id === id);
  const signer = found?.signers[0];
  if (!found?.node || !signer) throw new Error(`${id} has no node and signer in network.json`);
  return { url: `http://${found.node.api}`, token: readFileSync(`${folder}/${signer.token}`, "utf8").trim(), name: found.name };
}

/** The configuration of a nation's node, and the officer whose key it holds: what its operator knows. */
export function config(id: string): { file: string; officer: string } {
  const found = manifest.members.find((one) => one.id === id);
  const officer = found?.signers[0]?.did;
  if (!found?.node || officer === undefined) throw new Error(`${id} has no node and signer in network.json`);
  return { file: `${folder}/${found.node.config}`, officer };
}

/** Every request of a page, and every fault that it told; both are judged when the test ends. */
const seen: string[] = [];
const faults: string[] = [];

export function watch(page: Page): void {
  page.on("request", (request) => seen.push(request.url()));
  page.on("pageerror", (error) => faults.push(`${page.url()}: ${String(error)}`));
  page.on("console", (message) => {
    if (message.type() === "error" && /Content.Security|Refused to/i.test(message.text())) faults.push(`${page.url()}: ${message.text()}`);
  });
}

interface Options {
  scheme?: "light" | "dark";
  width?: number;
  height?: number;
  locale?: string;
}

export async function signedIn(browser: Browser, id: string, path = "/", options: Options = {}): Promise<Page> {
  const { url, token } = member(id);
  const context = await browser.newContext({
    baseURL: url,
    colorScheme: options.scheme ?? "light",
    viewport: { width: options.width ?? 1360, height: options.height ?? 850 },
    acceptDownloads: true,
    ...(options.locale && { locale: options.locale }),
  });
  const page = await context.newPage();
  watch(page);
  // As a link does that brings both: one load of the page.
  await page.goto(`${path}#token=${token}&names=scenario`);
  await expect(page.getByRole("heading", { level: 1 }).first()).toBeVisible();
  return page;
}

export const test = base.extend<{ machine: undefined }>({
  machine: [
    async ({ browser }, use) => {
      seen.length = 0;
      faults.length = 0;
      await use(undefined);
      // Pages that were left open would go on asking the nodes, and their faults would be laid to the next test.
      for (const context of browser.contexts()) {
        await Promise.all(context.pages().map((page) => page.unrouteAll({ behavior: "ignoreErrors" })));
        await context.close();
      }
      const outside = seen.filter((url) => !/^(http:\/\/(127\.0\.0\.1|localhost):\d+\/|blob:http:\/\/(127\.0\.0\.1|localhost)|data:)/.test(url));
      expect(outside, "requests that left this machine").toEqual([]);
      expect(faults, "faults that pages told").toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };

/** Every screen, by a name. */
export const SCREENS: Record<string, string> = {
  overview: "/",
  "trace, empty": "/trace",
  trace: `/trace?id=${part(6)}`,
  packing: "/trace?id=https://id.gs1.org/00/095211010000001013&tab=packing&at=2026-11-05T00:00:00Z",
  proofs: `/trace?id=${part(6)}&tab=proofs`,
  documents: `/trace?id=${part(6)}&tab=documents`,
  forms: `/trace?id=${part(6)}&tab=forms`,
  nonsense: "/trace?id===xx==",
  map: "/map",
  handovers: "/modules/custody/handovers?tab=all",
  offer: "/modules/custody/offer",
  receive: "/modules/custody/receive",
  loss: "/modules/custody/loss",
  cases: "/modules/custody/cases",
  late: "/modules/custody/late?days=0",
  "stock over time": "/?stock=past",
  breaches: "/modules/custody/breaches",
  labels: `/labels?ids=${part(6)}&size=pallet&receipt=yes`,
  policies: "/modules/policy/",
  requests: "/modules/policy/requests",
  invite: "/modules/membership/invite?member=est",
  outbox: "/outbox",
  network: "/network",
  blocks: "/network?tab=blocks",
  refusals: "/network?tab=rules",
  block: "/blocks/2",
  members: "/modules/membership/",
  member: "/modules/membership/members/est",
  "plain module": "/modules/custody/?view=plain",
  "plain action": "/modules/membership/act/enrol_signer?member=est",
  places: "/places",
  place: "/places?id=https://id.gs1.org/414/9521501000210",
  search: "/search?q=drive",
  settings: "/settings",
  help: "/help",
};

/** Waits until nothing of a page is still being loaded. */
export async function settled(page: Page): Promise<void> {
  await expect(page.locator("#content, form").first()).toBeVisible();
  await expect(page.locator('[role="status"][aria-label="Loading"]')).toHaveCount(0);
}

/** Loads the page anew without knowing who is signed in; the node says so once what this returns is called. */
export async function reloadNameless(page: Page): Promise<() => void> {
  let answer = () => {};
  const answered = new Promise<void>((resolve) => { answer = resolve; });
  await page.route("**/v1/session", async (route) => {
    await answered;
    await route.continue();
  });
  await page.evaluate(() => { sessionStorage.removeItem("convoy.me"); });
  await page.reload();
  return () => answer();
}

/** Waits until every picture of numbers that is there has been drawn. */
export async function drawn(page: Page): Promise<void> {
  await expect(page.locator(".figure .mantine-Skeleton-root")).toHaveCount(0);
  await expect(page.locator(".drawing:not([data-drawn])")).toHaveCount(0);
}

/** Goes to a path as a link does, without loading the page anew. */
export async function visit(page: Page, path: string): Promise<void> {
  // The router hears of what goes through the browser's history, and says where it has arrived.
  await page.evaluate((to) => history.pushState({}, "", to), path);
  await page.waitForFunction((to) => {
    const plain = (address: string) => decodeURIComponent(address.replaceAll("+", " ")).replace(/\/(?=\?|$)/, "");
    const main = document.querySelector<HTMLElement>("main#content");
    return main?.getAttribute("aria-busy") === "false" && plain(main.dataset.at ?? "-") === plain(to);
  }, path);
}
