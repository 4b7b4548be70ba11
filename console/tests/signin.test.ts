/** Signing in, as people do it: by invitation and passkey, as somebody new, by passphrase, in the demonstration; out, elsewhere, and back where they were. */

import { AxeBuilder } from "@axe-core/playwright";
import { execFileSync } from "node:child_process";
import type { Browser, CDPSession, Page } from "@playwright/test";
import { config, expect, member, settled, signedIn, test, watch } from "./network";

const LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/** The console under the name that passkeys are bound to. */
const named = (id: string) => member(id).url.replace("127.0.0.1", "localhost");

/** A code for the nation's officer, from the operator's command line. */
function invite(id: string): string {
  const { file, officer } = config(id);
  const program = process.env.CONVOY_BIN ?? "../target/debug/convoy";
  const told = execFileSync(program, ["--json", "node", "person", "invite", "--signer", officer, "--config", file], { encoding: "utf8" });
  return (JSON.parse(told) as { code: string }).code;
}

async function open(browser: Browser, url: string): Promise<Page> {
  const context = await browser.newContext({ baseURL: new URL(url).origin, locale: "en-GB" });
  const page = await context.newPage();
  watch(page);
  await page.goto(url);
  return page;
}

/** A device with a fingerprint reader, as Chromium plays it. */
async function device(page: Page): Promise<{ cdp: CDPSession; id: string }> {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("WebAuthn.enable");
  const { authenticatorId } = await cdp.send("WebAuthn.addVirtualAuthenticator", {
    options: { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
  });
  return { cdp, id: authenticatorId };
}

async function byDemo(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Sign in as officer" }).click();
}

test("an invited officer makes a passkey, lands where the link led, and comes back with the passkey alone", async ({ browser }) => {
  const page = await open(browser, `${named("est")}/network?tab=blocks`);
  const { cdp, id } = await device(page);
  await page.getByRole("button", { name: "I have an invitation" }).click();
  await page.getByLabel("Code of the invitation").fill("wrong-wrong-wrong-wrong");
  await page.getByRole("button", { name: "Next" }).click();
  await expect(page.getByRole("alert")).toContainText("the code is not one that waits here");
  await page.getByLabel("Code of the invitation").fill(invite("est").toLowerCase());
  await page.getByRole("button", { name: "Next" }).click();
  await page.getByLabel("What to call this passkey").fill("duty laptop");
  await page.getByRole("button", { name: "Make a passkey on this device" }).click();
  await expect(page).toHaveURL(/\/network\?tab=blocks$/);

  await page.goto("/settings");
  await expect(page.getByText("duty laptop")).toBeVisible();
  const where = page.getByRole("list").filter({ hasText: "this one" });
  await expect(where).toContainText("passkey");
  const cookies = await page.context().cookies();
  const session = cookies.find((cookie) => /^convoy-\d+$/.test(cookie.name));
  expect(session).toMatchObject({ httpOnly: true, sameSite: "Strict" });
  expect(await page.evaluate(() => document.cookie)).toBe("");
  await where.getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();

  await page.getByRole("button", { name: "Sign in with a passkey" }).click();
  await expect(page).toHaveURL(/\/settings$/);
  await page.getByRole("button", { name: "Sign out" }).first().click();
  await cdp.send("WebAuthn.setUserVerified", { authenticatorId: id, isUserVerified: false });
  await page.getByRole("button", { name: "Sign in with a passkey" }).click();
  await expect(page.getByRole("alert")).toContainText("The device did not answer");
  await cdp.send("WebAuthn.clearCredentials", { authenticatorId: id });
  await cdp.send("WebAuthn.setUserVerified", { authenticatorId: id, isUserVerified: true });
  await page.getByRole("button", { name: "Sign in with a passkey" }).click();
  await expect(page.getByRole("alert")).toContainText("The device did not answer");
});

test("somebody new enrols with an administrator's code, is signed in with its roles, signs with a key of their own, and comes back", async ({ browser }) => {
  const administrator = await signedIn(browser, "fra", "/modules/membership/invite?member=fra");
  await administrator.getByRole("button", { name: "Check what would happen" }).click();
  await administrator.getByRole("button", { name: "Sign and send" }).click();
  await expect(administrator.getByText(/Final in block/)).toBeVisible();
  const code = (await administrator.getByTestId("code").textContent()) ?? "";

  const page = await open(browser, `${named("fra")}/settings`);
  await device(page);
  await page.getByRole("button", { name: "I have an invitation" }).click();
  await page.getByLabel("Code of the invitation").fill("0".repeat(32));
  await page.getByRole("button", { name: "Next" }).click();
  await expect(page.getByRole("alert")).toContainText("Type the code again");
  await page.getByLabel("Code of the invitation").fill(code);
  await page.getByRole("button", { name: "Next" }).click();
  await expect(page.getByText("The code enrols you for fra as: logistics officer.")).toBeVisible();
  const { violations } = await new AxeBuilder({ page }).withTags(LEVELS).analyze();
  expect(violations.map((one) => `${one.id}: ${one.nodes[0]?.html}`)).toEqual([]);
  await page.getByLabel("What to call this passkey").fill("night shift");
  await page.getByRole("button", { name: "Make both and sign in" }).click();

  await expect(page).toHaveURL(/\/settings$/);
  await expect(page.getByText("night shift")).toBeVisible();
  await expect(page.getByText("in use", { exact: true })).toBeVisible();
  await page.getByRole("button", { name: "Sign out" }).first().click();
  await page.getByRole("button", { name: "Sign in with a passkey" }).click();
  await expect(page.getByText("in use", { exact: true })).toBeVisible();

  // The code is used up, and says so.
  const late = await open(browser, `${named("fra")}/`);
  await device(late);
  await late.getByRole("button", { name: "I have an invitation" }).click();
  await late.getByLabel("Code of the invitation").fill(code);
  await late.getByRole("button", { name: "Next" }).click();
  await expect(late.getByRole("alert")).toContainText("was used");
});

test("the demonstration's own sign-in says what it is, and so does the session", async ({ browser }) => {
  const page = await open(browser, `${member("fra").url}/`);
  await expect(page.getByText("It proves nothing about who you are")).toBeVisible();
  await expect(page.getByText("Passkeys belong to a name")).toBeVisible();
  const { violations } = await new AxeBuilder({ page }).withTags(LEVELS).analyze();
  expect(violations.map((one) => `${one.id}: ${one.nodes[0]?.html}`)).toEqual([]);
  await byDemo(page);
  await expect(page.getByRole("heading", { name: "France today" })).toBeVisible();
  await page.goto("/settings");
  await settled(page);
  await expect(page.getByText("demonstration, proves nothing").first()).toBeVisible();
});

test("whose session ends signs in and is where they were", async ({ browser }) => {
  const page = await open(browser, `${member("fra").url}/modules/custody/handovers?tab=all`);
  await byDemo(page);
  await expect(page).toHaveURL(/handovers\?tab=all$/);
  await settled(page);
  await page.context().clearCookies();
  await page.reload();
  await expect(page.getByText("Your session has ended.")).toBeVisible();
  // Whoever reloads still reads why.
  await page.reload();
  await expect(page.getByText("Your session has ended.")).toBeVisible();
  await byDemo(page);
  await expect(page).toHaveURL(/handovers\?tab=all$/);
  await expect(page.getByRole("heading", { name: "Handovers" })).toBeVisible();
});

test("a session is ended from another one, and signing out in a tab signs out the others", async ({ browser }) => {
  const [here, there] = [await open(browser, `${member("ita").url}/`), await open(browser, `${member("ita").url}/network`)];
  for (const page of [here, there]) {
    await byDemo(page);
    await expect(page.getByRole("heading", { level: 1, name: /Italy today|Network/ })).toBeVisible();
  }
  await here.goto("/settings");
  await here.getByRole("button", { name: /^End it/ }).click();
  await expect(here.getByRole("button", { name: /^End it/ })).toHaveCount(0);
  // Its feed ends with the session, so the page knows by itself.
  await expect(there.getByText("Your session has ended.")).toBeVisible();
  const tab = await here.context().newPage();
  watch(tab);
  await tab.goto("/network");
  await expect(tab.getByRole("heading", { level: 1, name: "Network" })).toBeVisible();
  await here.getByRole("button", { name: "Sign out" }).first().click();
  await expect(tab.getByRole("heading", { name: "Sign in" })).toBeVisible();
});

test("a name and a passphrase are set by invitation and sign in; a wrong one is refused without saying which part", async ({ browser }) => {
  const page = await open(browser, `${member("pol").url}/`);
  await page.getByRole("button", { name: "I have an invitation" }).click();
  await page.getByLabel("Code of the invitation").fill(invite("pol"));
  await page.getByRole("button", { name: "Next" }).click();
  await page.getByLabel("Name to sign in with").fill("jan.kowalski");
  await page.getByLabel("New passphrase").fill("plum tractor harbour nine");
  await page.getByRole("button", { name: "Set this passphrase and sign in" }).click();
  await expect(page.getByRole("heading", { name: "Poland today" })).toBeVisible();
  await page.goto("/settings");
  await page.getByRole("button", { name: "Sign out" }).first().click();
  await page.getByLabel("Name", { exact: true }).fill("jan.kowalski");
  await page.getByLabel("Passphrase", { exact: true }).fill("plum tractor harbour ten");
  await page.getByRole("button", { name: "Sign in with the passphrase" }).click();
  await expect(page.getByRole("alert")).toContainText("the name or the passphrase is not right");
  await page.getByLabel("Passphrase", { exact: true }).fill("plum tractor harbour nine");
  await page.getByRole("button", { name: "Sign in with the passphrase" }).click();
  await expect(page).toHaveURL(/\/settings$/);
});
