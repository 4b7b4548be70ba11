/** What officers read, check and print, walked in a real browser. */

import { Trust, verify } from "@convoy/client";
import { readFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { figure } from "./figure";
import { expect, member, part, signedIn, test, watch } from "./network";
import { printedCodes } from "./print";

test("a trace is proved in the browser, and a forged proof fails in words", async ({ browser }) => {
  const page = await signedIn(browser, "est", "/trace?id=(01)09521101120011(21)NP26-0006");
  await expect(page.getByText(/^Declared wrong/).first()).toBeVisible();
  await page.getByRole("tab", { name: "Proofs" }).click();
  await page.getByRole("button", { name: "Verify in this browser" }).click();
  await expect(page.getByText("Proved: it was recorded and accepted")).toBeVisible();
  await expect(page.getByText(/receipt 1 of/).first()).toBeVisible();
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download proof" }).click()]);
  expect(download.suggestedFilename()).toMatch(/\.cose$/);

  await page.route("**/transparent?*", async (route) => {
    const response = await route.fetch({ maxRetries: 3 });
    const body = await response.body();
    body[body.length - 20] = (body[body.length - 20] ?? 0) ^ 1;
    await route.fulfill({ response, body });
  });
  await page.getByRole("button", { name: "Verify in this browser" }).click();
  const alert = page.locator(".verdict.failed");
  await expect(alert.getByRole("heading", { name: "NOT PROVED" })).toBeVisible();
  await expect(alert).toContainText("This check failed:");
  await expect(page.getByText("Proved: it was recorded and accepted")).toHaveCount(0);
});

test("a proof file from somebody else is checked, and a broken one is refused", async ({ browser, request }) => {
  const { url, token } = member("fra");
  const headers = { authorization: `Bearer ${token}` };
  const trace = (await (await request.get(`${url}/v1/trace/${encodeURIComponent(part(6))}`, { headers })).json()) as { history: { statement: string }[] };
  const proof = await (await request.get(`${url}/v1/statements/${trace.history[0]?.statement}/compact?wait_ms=10000`, { headers })).body();
  const page = await signedIn(browser, "est", "/network?tab=statement");
  const file = page.locator('input[type="file"]').first();
  await file.setInputFiles({ name: "compact.cose", mimeType: "application/cose", buffer: proof });
  await page.getByRole("button", { name: "Verify in this browser" }).click();
  await expect(page.getByText("Proved: it was recorded and accepted")).toBeVisible();
  proof[proof.length >> 1] = (proof[proof.length >> 1] ?? 0) ^ 1;
  await file.setInputFiles({ name: "broken.cose", mimeType: "application/cose", buffer: proof });
  await page.getByRole("button", { name: "Verify in this browser" }).click();
  await expect(page.getByRole("heading", { name: "NOT PROVED" })).toBeVisible();
});

test("nonsense is named, with what was expected", async ({ browser }) => {
  const page = await signedIn(browser, "est");
  await page.getByRole("search").getByRole("textbox").fill("==xx==");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("alert")).toContainText("is nothing that is known here");
  await expect(page.getByRole("alert")).toContainText("What to do:");
});

test("a statement tells its whole life with its times", async ({ browser, request }) => {
  const { url, token } = member("est");
  const blocks = (await (await request.get(`${url}/v1/blocks?from=1&limit=100`, { headers: { authorization: `Bearer ${token}` } })).json()) as { blocks: { height: number; statements: number }[] };
  const first = blocks.blocks.find((block) => block.statements > 0);
  const page = await signedIn(browser, "est", `/blocks/${first?.height}`);
  await page.getByRole("table").getByRole("link").first().click();
  await expect(page.getByText(/Final: the validators agreed|Final and durable here/)).toBeVisible();
  await expect(page.getByText("What was said")).toBeVisible();
  await page.getByRole("button", { name: "Verify in this browser" }).click();
  await expect(page.getByText("Proved: it was recorded and accepted")).toBeVisible();
});

test("labels are saved as PDF, their codes are read from the print, and the printed receipt proves itself", async ({ browser, request }) => {
  const page = await signedIn(browser, "est", `/labels?ids=${part(6)}&size=pallet&receipt=yes`);
  await expect(page.getByRole("img", { name: /The receipt itself/ })).toBeVisible();
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Save as PDF" }).click()]);
  expect(download.suggestedFilename()).toBe("labels-pallet.pdf");
  const found = await printedCodes(await download.path());
  expect(found.find((code) => code.text === "https://id.gs1.org/01/09521101120011/21/NP26-0006")?.format).toBe("QRCode");
  expect(found.find((code) => code.format === "DataMatrix")?.text.replaceAll(/[\u0004\u001d\u001e]/g, "|")).toBe("[)>|05|0109521101120011|21NP26-0006||");
  const receipt = found.find((code) => code.bytes.length > 500)?.bytes ?? new Uint8Array();
  const { url, token } = member("fra");
  const trust = Trust.fromJson(await (await request.get(`${url}/v1/trust`, { headers: { authorization: `Bearer ${token}` } })).text());
  expect(verify(receipt, trust).proved).toBe("accepted");

  // A picture of the label is enough to check it, at another member's node.
  const label = page.locator("article.label");
  const picture = await label.screenshot({ scale: "css" });
  const fra = await signedIn(browser, "fra", "/network?tab=statement");
  await fra.locator('input[type="file"]').first().setInputFiles({ name: "label.png", mimeType: "image/png", buffer: picture });
  await fra.getByRole("button", { name: "Verify in this browser" }).click();
  await expect(fra.getByText("Proved: it was recorded and accepted")).toBeVisible();
});

test("a module without pages of its own is usable: list, record, action with preview", async ({ browser }) => {
  const page = await signedIn(browser, "est", "/modules/custody/?view=plain");
  await page.getByRole("table").getByRole("link").first().click();
  await expect(page.getByText("Conveys")).toBeVisible();
  await page.goto("/modules/membership/act/enrol_unit?member=est");
  await page.getByLabel("Name", { exact: false }).first().fill("Tapa depot");
  await page.getByLabel("Unit", { exact: false }).first().fill(`tapa-${Date.now().toString(36)}`);
  await page.getByRole("button", { name: "Check what would happen" }).click();
  await expect(page.getByText("If you sign, this happens")).toBeVisible();
  await page.getByRole("button", { name: "Sign and send" }).click();
  await expect(page.getByText(/Final in block/)).toBeVisible();
  await page.goto("/modules/membership/members/est");
  await expect(page.getByText("Tapa depot")).toBeVisible();
});

test("the map shows where things are, and a new event without asking", async ({ browser, request }) => {
  const page = await signedIn(browser, "est", "/map");
  await expect(page.locator(".chart[data-ready]")).toBeVisible({ timeout: 150_000 });
  await expect(page.getByRole("button", { name: /Tapa/ }).first()).toBeVisible();
  const place = "https://id.gs1.org/414/9521501000104";
  const row = page.getByRole("row", { name: /NP26-0004/ });
  await expect(row).toContainText("Tapa");
  const { url, token } = member("est");
  const event = { "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"], type: "ObjectEvent", action: "OBSERVE", bizStep: "inspecting", eventTime: new Date().toISOString(), eventTimeZoneOffset: "+02:00", epcList: [part(4)], readPoint: { id: place }, bizLocation: { id: place } };
  const answer = await request.post(`${url}/v1/epcis/events`, { headers: { authorization: `Bearer ${token}`, "content-type": "application/json" }, data: event });
  expect(answer.ok()).toBe(true);
  const final = Date.now();
  await expect(row).toContainText("Valga, border");
  figure("map_ms", Date.now() - final);
});

/** The node behind a line that can be cut: what is open breaks, what is new is turned away until it is mended. */
async function line(to: string): Promise<{ url: string; cut: () => void; mend: () => void; close: () => void }> {
  const open = new Set<Socket>();
  let whole = true;
  const server = createServer((client) => {
    if (!whole) return void client.destroy();
    const node = connect(Number(new URL(to).port), "127.0.0.1");
    for (const end of [client, node]) {
      open.add(end);
      end.on("error", () => undefined).on("close", () => { open.delete(end); client.destroy(); node.destroy(); });
    }
    client.pipe(node).pipe(client);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const breakAll = () => { for (const end of open) end.destroy(); };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut: () => { whole = false; breakAll(); },
    mend: () => { whole = true; },
    close: () => { server.close(); breakAll(); },
  };
}

test("what happened while the connection was gone is shown when it is back, from where the feed had been", async ({ browser, request }) => {
  const { url, token } = member("est");
  const wire = await line(url);
  try {
    const page = await (await browser.newContext({ baseURL: wire.url, locale: "en-GB" })).newPage();
    watch(page);
    const feeds: (string | null)[] = [];
    page.on("request", (sent) => {
      const asked = new URL(sent.url());
      if (asked.pathname === "/v1/feed") feeds.push(asked.searchParams.get("cursor"));
    });
    await page.goto(`/trace?id=${part(4)}#token=${token}&names=scenario`);
    const entries = page.locator(".line > li");
    await expect(page.locator(".pulse")).toHaveAttribute("data-state", "live");
    await expect(entries.first()).toBeVisible();
    const before = await entries.count();
    wire.cut();
    const place = "https://id.gs1.org/414/9521501000210";
    const event = { "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"], type: "ObjectEvent", action: "OBSERVE", bizStep: "inspecting", eventTime: new Date().toISOString(), eventTimeZoneOffset: "+02:00", epcList: [part(4)], readPoint: { id: place }, bizLocation: { id: place } };
    const answer = await request.post(`${url}/v1/epcis/events`, { headers: { authorization: `Bearer ${token}`, "content-type": "application/json" }, data: event });
    expect(answer.ok(), await answer.text()).toBe(true);
    wire.mend();
    // Nobody loads the page anew: the feed brings what was missed.
    await expect(entries).toHaveCount(before + 1);
    await expect(entries.first()).toContainText("Inspected");
    expect(feeds.at(-1), "the feed goes on behind its cursor").toMatch(/\d/);
  } finally {
    wire.close();
  }
});

test("a list is saved as CSV and as JSON, with the ledger's own words", async ({ browser }) => {
  const page = await signedIn(browser, "est", "/modules/membership/");
  const saved = async (name: string) => {
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name, exact: true }).click()]);
    return { file: download.suggestedFilename(), text: readFileSync(await download.path(), "utf8") };
  };
  const csv = await saved("CSV");
  expect(csv.file).toBe("members.csv");
  const [head, ...rows] = csv.text.replace(/^\uFEFF/, "").trim().split(/\r?\n/);
  expect(head?.split(",")[0]).toBe("member");
  expect(rows.map((row) => row.split(",")[0])).toEqual(expect.arrayContaining(["est", "fra", "ita", "pol"]));
  const json = await saved("JSON");
  const read = JSON.parse(json.text) as { member: string }[];
  expect(json.file).toBe("members.json");
  expect(read.map((row) => row.member)).toEqual(rows.map((row) => row.split(",")[0]));
});

test("pictures of numbers have their numbers beside them, and amounts and times are as the language writes them", async ({ browser }) => {
  const page = await signedIn(browser, "est", "/places?id=https://id.gs1.org/414/9521501000210&at=2026-11-13T12:00:00Z", { locale: "de-DE" });
  await expect(page.getByRole("cell", { name: "5.000 Stück" })).toBeVisible();
  await expect(page.getByRole("cell", { name: /13\. Nov\.( 2026)?,? 09:15/ }).first()).toBeVisible();
  await page.goto("/");
  const sheet = page.getByRole("region", { name: "Wo die Dinge sind" });
  await expect(sheet.locator(".drawing[data-drawn] svg")).toBeVisible();
  const row = sheet.getByRole("row", { name: /Tapa, store/ });
  await expect(row).toHaveCount(1);
  await sheet.getByRole("button", { name: "Als Tabelle zeigen" }).click();
  await expect(row).toBeVisible();
  await sheet.getByText("Letzte 30 Tage").click();
  await expect(page).toHaveURL(/stock=past/);
  await expect(sheet.getByRole("row")).toHaveCount(11);
});

test("every validator is seen to sign, and a lost one would not be", async ({ browser }) => {
  const page = await signedIn(browser, "est", "/network");
  const sheet = page.getByRole("region", { name: "Validators" });
  for (const nation of ["Estonia", "France", "Italy", "Poland"]) await expect(sheet.getByRole("row", { name: new RegExp(nation) })).toContainText("signs");
  await page.route("**/v1/validators/liveness", async (route) => {
    const response = await route.fetch({ maxRetries: 3 });
    const told = (await response.json()) as { now_ms: number; validators: { member: string; signed: { seen_ms: number } }[] };
    for (const one of told.validators) if (one.member === "pol") one.signed.seen_ms = told.now_ms - 60_000;
    await route.fulfill({ response, json: told });
  });
  await expect(sheet.getByRole("row", { name: /Poland/ })).toContainText("silent");
  await expect(sheet.getByRole("row", { name: /Poland/ })).toContainText("1 minute ago");
});

test("the papers that travelled with a thing stand in its trace", async ({ browser }) => {
  const page = await signedIn(browser, "est", `/trace?id=${part(6)}&tab=documents`);
  const row = page.getByRole("row", { name: /DA-2026-1187/ });
  await expect(row).toContainText("Despatch advice");
  await expect(row).toContainText("Turin, dispatch hall");
  await row.getByRole("link", { name: "DA-2026-1187" }).click();
  await expect(page.getByRole("link", { name: /NPSU2044172/ }).first()).toBeVisible();
});
