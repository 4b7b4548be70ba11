/** What officers do, walked in a real browser on both sides. */

import { expect, member, part, reloadNameless, settled, signedIn, test, watch } from "./network";

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
  await page.getByRole("button", { name: "Use a token" }).click();
  await page.getByLabel("Token", { exact: true }).fill(`convoy_${"0".repeat(64)}`);
  await page.getByRole("button", { name: "Sign in with the token" }).click();
  await expect(page.getByRole("alert")).toContainText("the token is not known or has expired");
});

test("a session that ends leads back to where it ended", async ({ browser }) => {
  const page = await signedIn(browser, "est", "/modules/custody/handovers?tab=all");
  await settled(page);
  await page.evaluate(() => sessionStorage.setItem("convoy.token", `convoy_${"0".repeat(64)}`));
  await page.reload();
  await expect(page.getByText("Your session has ended.")).toBeVisible();
  await page.getByRole("button", { name: "Use a token" }).click();
  await page.getByLabel("Token", { exact: true }).fill(member("est").token);
  await page.getByRole("button", { name: "Sign in with the token" }).click();
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

test("what is recorded before the node said who is signed in is theirs, and is sent once it did", async ({ browser }) => {
  const page = await signedIn(browser, "est", "/modules/custody/receive");
  await settled(page);
  const answer = await reloadNameless(page);
  await page.getByRole("button", { name: "Inspect", exact: true }).click();
  await page.getByLabel("What", { exact: true }).fill(part(3));
  await page.getByRole("combobox", { name: "Place" }).click();
  await page.getByRole("option", { name: "Tapa, store" }).click();
  await page.getByRole("button", { name: "Check what would happen" }).click();
  await page.getByRole("button", { name: "Sign and send" }).click();
  await expect(page.getByText("waits on this device", { exact: true })).toBeVisible();
  answer();
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

test("what is late and what is out of range is told, and an inspection takes the alarm off", async ({ browser, request }) => {
  const { url, token } = member("est");
  const day = (ago: number) => new Date(Date.now() - ago * 86_400_000).toISOString();
  const serial = `LATE${Date.now()}`;
  const thing = `https://id.gs1.org/01/09521501123452/21/${serial}`;
  const place = { readPoint: { id: "https://id.gs1.org/414/9521501000210" } };
  const send = async (fields: object) => {
    const event = { "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"], type: "ObjectEvent", eventTimeZoneOffset: "+02:00", epcList: [thing], ...place, ...fields };
    const answer = await request.post(`${url}/v1/epcis/events`, { headers: { authorization: `Bearer ${token}`, "content-type": "application/json" }, data: event });
    expect(answer.ok(), await answer.text()).toBe(true);
  };
  await send({ action: "ADD", bizStep: "commissioning", eventTime: day(7) });
  await send({ action: "OBSERVE", bizStep: "shipping", disposition: "in_transit", eventTime: day(5), sensorElementList: [{ sensorReport: [{ type: "Temperature", value: 31.5, uom: "CEL", exception: "ALARM_CONDITION" }] }] });
  const page = await signedIn(browser, "est");
  await expect(page.getByRole("link", { name: new RegExp(`Late: ${serial}`) })).toContainText("5 days ago");
  await expect(page.getByRole("link", { name: new RegExp(`Out of range: ${serial}`) })).toContainText("Temperature 31.5°C · alarm");
  await page.getByRole("link", { name: /consignments late/ }).click();
  await expect(page.getByRole("row", { name: new RegExp(serial) })).toContainText("Tapa, store");
  await page.goto("/modules/custody/late?days=6");
  await expect(page.getByText("Rows:").or(page.getByRole("heading", { name: "Nothing is late" }))).toBeVisible();
  await expect(page.getByRole("row", { name: new RegExp(serial) })).toHaveCount(0);
  await send({ action: "OBSERVE", bizStep: "inspecting", disposition: "available", eventTime: day(0), bizLocation: place.readPoint });
  await page.goto("/");
  await settled(page);
  await expect(page.getByRole("heading", { name: "Needs you now" })).toBeVisible();
  await expect(page.getByText("conditions out of range")).toBeVisible();
  await expect(page.getByRole("region", { name: "Needs you now" }).getByRole("link", { name: new RegExp(serial) })).toHaveCount(0);
  await page.getByRole("link", { name: /conditions out of range/ }).click();
  await expect(page.getByRole("row", { name: new RegExp(serial) })).toContainText("yes");
});
