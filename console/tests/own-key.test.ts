/** A key of one's own, and a second person: the browser signs, the node cannot, and where policy asks two have to want it. */

import { PublicKey, Statement } from "@convoy/client";
import type { APIRequestContext, Page } from "@playwright/test";
import { expect, member, part, reloadNameless, settled, signedIn, test } from "./network";

const asked = async (request: APIRequestContext, id: string, path: string) => {
  const { url, token } = member(id);
  return request.get(`${url}${path}`, { headers: { authorization: `Bearer ${token}` } });
};

/** Makes a key and has the ledger register it, by the person who administers. */
async function ownKey(page: Page): Promise<string> {
  await page.goto("/settings");
  await page.getByRole("button", { name: "Make a key in this browser" }).click();
  const sheet = page.getByRole("region", { name: "A key of your own" });
  await sheet.getByRole("button", { name: "Check what would happen" }).click();
  await expect(sheet.getByText(/signs for did:convoy:.* from then on/)).toBeVisible();
  await sheet.getByRole("button", { name: "Sign and send" }).click();
  await expect(sheet.getByText("in use", { exact: true })).toBeVisible();
  return (await sheet.locator("dd.mono, dd .mono").nth(1).textContent()) ?? "";
}

async function inspect(page: Page, what: string): Promise<void> {
  await page.getByRole("button", { name: "Inspect", exact: true }).click();
  await page.getByLabel("What", { exact: true }).fill(what);
  await expect(page.getByText(/NP26-000\d · 09521101120011/).first()).toBeVisible();
  await page.getByRole("combobox", { name: "Place" }).click();
  await page.getByRole("option", { name: "Tapa, store" }).click();
}

async function proveOwn(request: APIRequestContext, id: string, key: string): Promise<Statement> {
  const statement = Statement.decode(new Uint8Array(await (await asked(request, "est", `/v1/statements/${id}/body`)).body()));
  const view = (await (await asked(request, "est", `/v1/signers/${statement.signer}`)).json()) as { keys: { key_id: string; assurance: string; jwk: object }[] };
  const signing = view.keys.find((one) => one.key_id === key);
  expect(statement.keyId).toBe(key);
  expect(statement.content.assurance).toBe("own_key");
  expect(signing?.assurance).toBe("own_key");
  statement.verify(PublicKey.fromJwk(signing?.jwk ?? {}));
  return statement;
}

test("a key of one's own signs in the browser, with and without a connection, and the node does not", async ({ browser, request }) => {
  const page = await signedIn(browser, "est");
  const key = await ownKey(page);
  expect(key).toMatch(/^[0-9a-f]{16}$/);
  // Nobody can take it out, this page included.
  const taken = await page.evaluate(async () => {
    const database = await new Promise<IDBDatabase>((resolve) => (indexedDB.open("keyval-store").onsuccess = (event) => resolve((event.target as IDBOpenDBRequest).result)));
    const keys = await new Promise<{ pair: CryptoKeyPair }[]>((resolve) => (database.transaction("keyval").objectStore("keyval").get("convoy.keys").onsuccess = (event) => resolve((event.target as IDBRequest<{ pair: CryptoKeyPair }[]>).result)));
    database.close();
    return Promise.all(keys.map((one) => Promise.all((["raw", "pkcs8", "jwk"] as const).map((format) => crypto.subtle.exportKey(format, one.pair.privateKey).then(() => format, () => "refused")))));
  });
  expect(taken).toEqual([["refused", "refused", "refused"]]);

  const signedByNode: string[] = [];
  page.on("request", (sent) => {
    if (sent.method() === "POST" && /\/actions/.test(sent.url())) signedByNode.push(sent.url());
  });
  await page.goto("/modules/custody/receive");
  await inspect(page, part(7));
  await page.getByRole("button", { name: "Check what would happen" }).click();
  await expect(page.getByText(`You sign with your own key ${key}`)).toBeVisible();
  await expect(page.getByText("An event is recorded")).toBeVisible();
  await page.getByRole("button", { name: "Sign and send" }).click();
  await expect(page.getByText(/Final in block/)).toBeVisible();
  const first = (await page.getByRole("status").getByRole("link").first().getAttribute("title")) ?? "";
  const statement = await proveOwn(request, first, key);

  // Off line: signed at the tap, with the moment and the order it had then; sent days later as it is.
  await page.goto("/modules/custody/receive");
  await settled(page);
  // Another part: the same one in the same minute would be the same event.
  await inspect(page, part(6));
  await page.context().setOffline(true);
  await page.getByRole("button", { name: "Check what would happen" }).click();
  await expect(page.getByText("It is signed now with your key")).toBeVisible();
  await page.getByRole("button", { name: "Sign now and keep it in the outbox" }).click();
  await expect(page.getByText("waits on this device", { exact: true })).toBeVisible();
  const waiting = await page.evaluate(async () => {
    const database = await new Promise<IDBDatabase>((resolve) => (indexedDB.open("keyval-store").onsuccess = (event) => resolve((event.target as IDBOpenDBRequest).result)));
    const entries = await new Promise<{ signed?: { id: string; sequence: number; notAfterMs: number } }[]>((resolve) => (database.transaction("keyval").objectStore("keyval").get("convoy.outbox").onsuccess = (event) => resolve((event.target as IDBRequest<[]>).result)));
    database.close();
    return entries.at(-1)?.signed;
  });
  expect(waiting?.notAfterMs).toBeGreaterThan(Date.now() + 6 * 24 * 3_600_000);
  expect(BigInt(waiting?.sequence ?? 0)).toBe(statement.content.sequence + 1n);
  await page.context().setOffline(false);
  await expect(page.getByText(/Final in block/)).toBeVisible({ timeout: 60_000 });
  await proveOwn(request, waiting?.id ?? "", key);
  expect(signedByNode, "what the node was asked to sign").toEqual([]);

  // Revoked by the person, with the key's name typed.
  await page.goto("/settings");
  await page.getByRole("button", { name: "Revoke it" }).click();
  await page.getByRole("button", { name: "Check what would happen" }).click();
  await expect(page.getByText(/ends for ever/)).toBeVisible();
  const go = page.getByRole("button", { name: "Sign and send" });
  await expect(go).toHaveAttribute("aria-disabled", "true");
  await page.getByLabel(/Type the name to go on/).fill(key);
  await go.click();
  await page.getByRole("button", { name: "Done" }).click();
  await expect(page.getByText("This key no longer counts.")).toBeVisible();
  await page.goto("/modules/custody/receive");
  await inspect(page, part(6));
  await page.getByRole("button", { name: "Check what would happen" }).click();
  await expect(page.getByText("The node signs with the key that it keeps for you.")).toBeVisible();
});

test("a key is made only when it is known whose it will be", async ({ browser }) => {
  const page = await signedIn(browser, "est", "/settings");
  const answer = await reloadNameless(page);
  const button = page.getByRole("button", { name: "I have a code" });
  await expect(button).toBeDisabled();
  answer();
  await button.click();
  await expect(page.getByRole("region", { name: "A key of your own" }).getByLabel("Code")).toBeVisible();
});

test("where policy wants two, the form asks for approval, a second person approves, and it is done once", async ({ browser, request }) => {
  const first = await signedIn(browser, "est", "/modules/policy/act/put");
  // A policy of this network: cases are escalated by two, with keys of their own.
  const text = '@description("Cases are escalated by two people.") @grantor("A security officer of a founding member.") forbid (principal, action == Action::"custody::escalate_case", resource) unless { context.approvals >= 1 };';
  await first.getByLabel("Id", { exact: false }).first().fill(`two.escalate-${Date.now()}`);
  await first.getByLabel("Text", { exact: false }).first().fill(text);
  await first.getByRole("button", { name: "Check what would happen" }).click();
  await first.getByRole("button", { name: "Sign and send" }).click();
  await expect(first.getByText(/Final in block/)).toBeVisible();
  // A thing of this test's own: taken up by the first event that tells of it.
  await first.goto("/modules/custody/receive");
  await inspect(first, part(9));
  await first.getByRole("button", { name: "Check what would happen" }).click();
  await first.getByRole("button", { name: "Sign and send" }).click();
  await expect(first.getByText(/Final in block/)).toBeVisible();
  await first.goto(`/modules/custody/loss?objects=${part(9)}`);
  await first.getByLabel("Circumstances").fill("not in its rack");
  await first.getByRole("button", { name: "Check what would happen" }).click();
  await first.getByRole("button", { name: "Sign and send" }).click();
  await expect(first.getByText(/Final in block/)).toBeVisible();
  await first.goto("/modules/custody/cases?state=open");
  await first.getByRole("row", { name: /NP26-0009/ }).first().getByRole("link").first().click();
  await first.getByRole("link", { name: "Escalate it instead" }).click();
  await first.getByLabel("Reason", { exact: false }).first().fill("nobody found it");
  await expect(first.getByText("Others have to approve it first: 1")).toBeVisible();
  await expect(first.getByText("Cases are escalated by two people.")).toBeVisible();
  await first.getByRole("button", { name: "Ask for approval" }).click();
  await first.getByRole("button", { name: "Sign and send" }).click();
  await expect(first.getByText(/Final in block/)).toBeVisible();
  await first.getByRole("link", { name: "Requests for approval" }).click();
  await first.getByRole("table").getByRole("link").first().click();
  await expect(first.getByText("0 of 1")).toBeVisible();
  const run = first.getByRole("button", { name: "Check what would happen" });
  await expect(run).toHaveAttribute("aria-disabled", "true");
  await expect(first.getByText("Approvals still missing: 1").filter({ visible: true })).toBeVisible();
  const where = new URL(first.url()).pathname;

  // The second person comes with a code and a key of her own.
  await first.goto("/modules/membership/invite?member=est");
  await first.getByRole("button", { name: "Check what would happen" }).click();
  await first.getByRole("button", { name: "Sign and send" }).click();
  await expect(first.getByText(/Final in block/)).toBeVisible();
  const code = (await first.getByTestId("code").textContent()) ?? "";
  const second = await signedIn(browser, "est", "/settings");
  await second.getByRole("button", { name: "I have a code" }).click();
  const sheet = second.getByRole("region", { name: "A key of your own" });
  await sheet.getByLabel("Code").fill(code);
  await sheet.getByRole("button", { name: "Check what would happen" }).click();
  await expect(sheet.getByText("The code is used up.")).toBeVisible();
  await sheet.getByRole("button", { name: "Sign and send" }).click();
  await expect(sheet.getByText("in use", { exact: true })).toBeVisible();

  await second.goto("/");
  await second.getByRole("link", { name: /Approve or leave/ }).first().click();
  await expect(second.getByRole("heading", { name: "You are the second person" })).toBeVisible();
  // The network makes a block between the question for the last one and the trial: what is tried out is still in time.
  await second.route("**/v1/network", async (route) => {
    const answer = await route.fetch();
    const { height } = (await answer.json()) as { height: number };
    const heightNow = async () => ((await (await asked(request, "est", "/v1/network")).json()) as { height: number }).height;
    await expect.poll(heightNow, { timeout: 30_000 }).toBeGreaterThan(height);
    await route.fulfill({ response: answer });
  });
  await second.getByRole("button", { name: "Approve" }).click();
  await expect(second.getByText("The request then has approvals: 1.")).toBeVisible();
  await second.unrouteAll({ behavior: "wait" });
  await second.getByRole("button", { name: "Sign and send" }).click();
  await expect(second.getByText(/Final in block/)).toBeVisible();

  await first.goto(where);
  await expect(first.getByText("1 of 1")).toBeVisible();
  await first.getByRole("button", { name: "Check what would happen" }).click();
  await first.getByRole("button", { name: "Sign and send" }).click();
  await expect(first.getByText(/Final in block/)).toBeVisible();
  await first.goto(where);
  await expect(first.getByText("done", { exact: true }).first()).toBeVisible();
  const requests = (await (await asked(request, "est", "/v1/modules/policy/requests?open=true")).json()) as { requests: unknown[] };
  expect(requests.requests).toEqual([]);
});
