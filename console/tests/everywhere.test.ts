/** What holds on every screen: accessibility, a phone's width, keys alone, languages. */

import { AxeBuilder } from "@axe-core/playwright";
import { drawn, expect, part, SCREENS, settled, signedIn, test, visit } from "./network";

// Nothing here changes the ledger, so each may run beside any other.
test.describe.configure({ mode: "parallel" });

const LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/** The screens in two halves, for two workers: each is opened once and looked at in light, in dark and on a phone. */
const HALVES = [0, 1].map((half) => Object.entries(SCREENS).filter((_, index) => index % 2 === half));

for (const [half, screens] of HALVES.entries()) {
  test(`no screen breaks WCAG 2.2 A or AA as far as axe can tell, in light and dark, and each fits a phone of 360 pixels, half ${half + 1}`, async ({ browser }) => {
    test.setTimeout(600_000);
    const page = await signedIn(browser, "est");
    const broken: string[] = [];
    const wide: string[] = [];
    let held = 0;
    for (const [name, path] of screens) {
      await visit(page, path);
      await settled(page);
      // Every rule in light; in dark the one that colours can break.
      for (const scheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme: scheme });
        await expect(page.locator("html")).toHaveAttribute("data-mantine-color-scheme", scheme);
        await drawn(page);
        // One document without frames: axe need not gather its findings in a page of its own.
        const axe = new AxeBuilder({ page }).setLegacyMode(true);
        const { violations, passes } = await (scheme === "light" ? axe.withTags(LEVELS) : axe.withRules(["color-contrast"])).analyze();
        held += passes.length;
        for (const one of violations) broken.push(`${name}, ${scheme}: ${one.id} (${one.nodes.length}): ${one.nodes[0]?.html.slice(0, 160)} ${one.nodes[0]?.any[0]?.message ?? ""}`);
      }
      await page.emulateMedia({ colorScheme: "light" });
      await page.setViewportSize({ width: 360, height: 740 });
      const over = await page.evaluate(async () => {
        await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
        return document.documentElement.scrollWidth - innerWidth;
      });
      if (over > 0) wide.push(`${name}: ${over} px too wide`);
      await page.setViewportSize({ width: 1360, height: 850 });
    }
    expect(broken).toEqual([]);
    expect(wide).toEqual([]);
    expect(held, "checks that axe made").toBeGreaterThanOrEqual(2 * screens.length);
  });
}

test("a phone reaches a handover by its bar of large targets", async ({ browser }) => {
  const page = await signedIn(browser, "est", "/", { width: 360, height: 740 });
  const bar = page.locator(".tabbar");
  for (const target of await bar.locator("a, button").all()) expect((await target.boundingBox())?.height).toBeGreaterThanOrEqual(44);
  await bar.getByRole("link", { name: "Handovers" }).click();
  await page.getByRole("button", { name: "Offer a handover" }).click();
  await expect(page.getByRole("heading", { name: "Offer a handover" })).toBeVisible();
});

test("the palette takes the first key that follows its shortcut, and gives the focus back", async ({ browser }) => {
  const page = await signedIn(browser, "est");
  const search = page.getByRole("banner").getByRole("textbox");
  await page.keyboard.press("/");
  await expect(search).toBeFocused();
  // A machine that is busy: what the page puts off comes after the keys.
  await page.evaluate(() => {
    const soon = window.setTimeout.bind(window);
    Object.assign(window, { setTimeout: (run: () => void, ms = 0) => soon(run, ms + 1_000) });
  });
  await page.keyboard.press("Control+k");
  await page.keyboard.type("handovers");
  await expect(page.getByRole("combobox")).toHaveValue("handovers");
  await page.keyboard.press("Escape");
  await expect(search).toBeFocused();
  await expect(search).toHaveValue("");
});

test("keys alone trace, go anywhere and report a loss as far as its preview", async ({ browser }) => {
  const page = await signedIn(browser, "est");
  await page.keyboard.press("/");
  await page.keyboard.type(part(6));
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "NP26-0006 · 09521101120011" })).toBeVisible();
  await page.keyboard.press("Control+k");
  await page.keyboard.type("report a loss");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Report a loss" })).toBeVisible();
  const focused = (name: string) => page.evaluate((wanted) => {
    const label = document.activeElement?.id ? document.querySelector(`label[for="${document.activeElement.id}"]`)?.textContent : undefined;
    return (label ?? document.activeElement?.textContent ?? "").startsWith(wanted);
  }, name);
  const tabTo = async (name: string) => {
    for (let presses = 0; presses < 40; presses++) {
      if (await focused(name)) return;
      await page.keyboard.press("Tab");
    }
    throw new Error(`no Tab leads to ${name}`);
  };
  await tabTo("What is missing");
  await page.keyboard.type(part(6));
  await tabTo("Circumstances");
  await page.keyboard.type("not in its rack");
  await expect(page.getByRole("button", { name: "Check what would happen" })).not.toHaveAttribute("aria-disabled", "true");
  await tabTo("Check what would happen");
  await page.keyboard.press("Enter");
  await expect(page.getByText("marked as missing. A case opens.")).toBeVisible();
});

test("each language speaks on the first screen", async ({ browser }) => {
  for (const [locale, word] of [["fr-FR", "Vue d’ensemble"], ["de-DE", "Übersicht"], ["it-IT", "Panoramica"], ["pl-PL", "Przegląd"], ["es-ES", "Resumen"]] as const) {
    const page = await signedIn(browser, "est", "/", { locale });
    await expect(page.getByRole("link", { name: word }).first()).toBeVisible();
    expect(await page.locator("html").getAttribute("lang")).toBe(locale.slice(0, 2));
    await page.context().close();
  }
});
