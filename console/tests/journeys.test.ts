/** What officers do, walked in a real browser on both sides. */

import { Trust, verify } from "@convoy/client";
import { printedCodes } from "./print";
import { expect, member, part, settled, signedIn, test, watch } from "./network";

test("a token in a link signs in and is taken out of the address", async ({ browser }) => {
  const page = await signedIn(browser, "est");
  await expect(page.getByRole("heading", { name: "Estonia today" })).toBeVisible();
  expect(page.url()).toBe(`${member("est").url}/`);
  expect(await page.evaluate(() => Object.keys(localStorage).filter((key) => localStorage.getItem(key)?.includes("convoy_")))).toEqual([]);
});

test("a token that is not known is refused in the node's words", async ({ browser }) => {
  const page = await (await browser.newContext({ baseURL: member("est").url })).newPage();
  watch(page);
  await page.goto("/");
  await page.getByLabel("Token", { exact: true }).fill(`convoy_${"0".repeat(64)}`);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert")).toContainText("the token is not known or has expired");
});

test("a session that ends leads back to where it ended", async ({ browser }) => {
  const page = await signedIn(browser, "est", "/modules/custody/handovers?tab=all");
  await settled(page);
  await page.evaluate(() => sessionStorage.setItem("convoy.token", `convoy_${"0".repeat(64)}`));
  await page.reload();
  await expect(page.getByText("Your session has ended.")).toBeVisible();
  await page.getByLabel("Token", { exact: true }).fill(member("est").token);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("heading", { name: "Handovers" })).toBeVisible();
  expect(page.url()).toContain("tab=all");
});

test("a part is offered on one side and accepted on the other", async ({ browser }) => {
  const est = await signedIn(browser, "est", `/trace?id=${part(5)}`);
  await est.getByRole("button", { name: "Offer a handover" }).click();
  await expect(est.getByText("NP26-0005 · 09521101120011")).toBeVisible();
  await est.getByRole("combobox", { name: "To" }).click();
  await est.getByRole("option", { name: "France (fra)" }).click();
  await est.getByLabel("Terms or document").fill("Loan for exercise");
  await est.getByRole("button", { name: "Check what would happen" }).click();
  await expect(est.getByText("Nothing changes hands until France accepts")).toBeVisible();
  await est.getByRole("button", { name: "Sign and send" }).click();
  await expect(est.getByText(/Final in block/)).toBeVisible();

  const fra = await signedIn(browser, "fra");
  await fra.getByRole("link", { name: /Accept or refuse: NP26-0005/ }).click();
  await expect(fra.getByText("Estonia offers you this")).toBeVisible();
  await fra.getByRole("button", { name: "Check what would happen" }).click();
  await expect(fra.getByText("France takes over from Estonia")).toBeVisible();
  await fra.getByRole("button", { name: "Sign and send" }).click();
  await expect(fra.getByText(/Final in block/)).toBeVisible();

  await est.goto(`/trace?id=${part(5)}`);
  await expect(est.locator(".tiles")).toContainText("France");
  const report = est.getByRole("button", { name: "Report a loss" });
  await expect(report).toHaveAttribute("aria-disabled", "true");
  await report.hover();
  await expect(est.getByRole("tooltip")).toContainText("France holds it");
});

test("what is not as offered is said, goes back, and opens a case", async ({ browser }) => {
  const est = await signedIn(browser, "est", `/modules/custody/offer?objects=${part(1)};${part(2)}`);
  await est.getByRole("combobox", { name: "To" }).click();
  await est.getByRole("option", { name: "Poland (pol)" }).click();
  await est.getByRole("button", { name: "Check what would happen" }).click();
  await est.getByRole("button", { name: "Sign and send" }).click();
  await expect(est.getByText(/Final in block/)).toBeVisible();

  const pol = await signedIn(browser, "pol", "/modules/custody/handovers");
  await pol.getByRole("link", { name: /NP26-0001/ }).first().click();
  await pol.getByRole("button", { name: "Something is not as offered" }).click();
  await pol.getByRole("combobox", { name: "Object" }).click();
  await pol.getByRole("option", { name: /NP26-0002/ }).click();
  await pol.getByLabel("Note").fill("not on the pallet");
  await pol.getByRole("button", { name: "Check what would happen" }).click();
  await expect(pol.getByText("A case opens about what was not as offered.")).toBeVisible();
  await pol.getByRole("button", { name: "Sign and send" }).click();
  await expect(pol.getByText(/Final in block/)).toBeVisible();

  const opened = await signedIn(browser, "est", "/modules/custody/cases?state=open");
  await expect(opened.getByRole("link", { name: "Not as offered" })).toBeVisible();
});

test("an offer is taken back", async ({ browser }) => {
  const page = await signedIn(browser, "est", `/modules/custody/offer?objects=${part(3)}&to=ita`);
  await page.getByRole("button", { name: "Check what would happen" }).click();
  await page.getByRole("button", { name: "Sign and send" }).click();
  await expect(page.getByText(/Final in block/)).toBeVisible();
  await page.getByRole("link", { name: "Offered by us" }).click();
  await page.getByRole("link", { name: /NP26-0003/ }).first().click();
  await page.getByRole("button", { name: "Take the offer back" }).click();
  await page.getByRole("button", { name: "Sign and send" }).click();
  await expect(page.getByRole("status").getByText("accepted", { exact: true })).toBeVisible();
});

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
    const response = await route.fetch();
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
  const proof = await (await request.get(`${url}/v1/statements/${trace.history[0]?.statement}/compact`, { headers })).body();
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

test("what is recorded without a connection waits on the device and is sent later", async ({ browser }) => {
  const page = await signedIn(browser, "est", "/modules/custody/receive");
  await page.getByRole("button", { name: "Inspect", exact: true }).click();
  await page.getByLabel("What", { exact: true }).fill(part(8));
  await expect(page.getByText("NP26-0008 · 09521101120011")).toBeVisible();
  await page.getByRole("combobox", { name: "Place" }).click();
  await page.getByRole("option", { name: "Tapa, store" }).click();
  await page.context().setOffline(true);
  await page.getByRole("button", { name: "Check what would happen" }).click();
  await expect(page.getByText("No connection: it cannot be tried out now")).toBeVisible();
  await page.getByRole("button", { name: "Sign later: keep it in the outbox" }).click();
  await expect(page.getByText("waits on this device", { exact: true })).toBeVisible();
  await page.context().setOffline(false);
  await expect(page.getByText(/Final in block/)).toBeVisible({ timeout: 60_000 });
});

test("the page opens again without a connection, and what is recorded then is sent when it is back", async ({ browser }) => {
  const page = await signedIn(browser, "fra", "/modules/custody/receive");
  await settled(page);
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.reload();
  await settled(page);
  await page.context().setOffline(true);
  await page.reload();
  await page.getByRole("button", { name: "Inspect", exact: true }).click();
  await page.getByLabel("What", { exact: true }).fill(part(5));
  await page.getByRole("combobox", { name: "Place" }).click();
  await page.getByRole("option", { name: "Strasbourg, staging area" }).click();
  await page.getByRole("button", { name: "Check what would happen" }).click();
  await page.getByRole("button", { name: "Sign later: keep it in the outbox" }).click();
  await expect(page.getByText("waits on this device", { exact: true })).toBeVisible();
  await page.context().setOffline(false);
  await expect(page.getByText(/Final in block/)).toBeVisible({ timeout: 60_000 });
});

test("a wrong entry is taken back and struck out", async ({ browser }) => {
  const page = await signedIn(browser, "est", `/trace?id=${part(8)}`);
  const entry = page.locator(".line > li", { hasText: "Stored" }).first();
  await entry.getByRole("button", { name: "Take it back as wrong" }).click();
  await expect(page.getByText("The event", { exact: true })).toBeVisible();
  await page.getByRole("button", { name: "Check what would happen" }).click();
  await expect(page.getByText("The event is struck out")).toBeVisible();
  await page.getByRole("button", { name: "Sign and send" }).click();
  await expect(page.getByText(/Final in block/)).toBeVisible();
  await page.goto(`/trace?id=${part(8)}`);
  await expect(page.locator(".said.void", { hasText: "Stored" })).toBeVisible();
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
  await expect(row).toContainText("Valga, border", { timeout: 30_000 });
  console.log(`  a new event is on the map page ${Date.now() - final} ms after it is final`);
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
});

test("a module without pages of its own is usable: list, record, action with preview", async ({ browser }) => {
  const page = await signedIn(browser, "est", "/modules/custody/?view=plain");
  await page.getByRole("table").getByRole("link").first().click();
  await expect(page.getByText("Conveys")).toBeVisible();
  await page.goto("/modules/membership/act/enrol_unit?member=est");
  await page.getByLabel("Name", { exact: false }).first().fill("Tapa depot");
  await page.getByLabel("Unit", { exact: false }).first().fill("tapa");
  await page.getByRole("button", { name: "Check what would happen" }).click();
  await expect(page.getByText("If you sign, this happens")).toBeVisible();
  await page.getByRole("button", { name: "Sign and send" }).click();
  await expect(page.getByText(/Final in block/)).toBeVisible();
  await page.goto("/modules/membership/members/est");
  await expect(page.getByText("Tapa depot")).toBeVisible();
});
