/** Scanning: the browser's camera is a film of a label, made here; the page reads it as it reads any camera. */

import { createCanvas, loadImage } from "@napi-rs/canvas";
import { chromium, type Page } from "@playwright/test";
import bwip from "bwip-js/node";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import config from "../playwright.config";
import { expect, member, signedIn, test } from "./network";

const [WIDTH, HEIGHT, FRAMES] = [640, 480, 4];

/** A film of one code held still, as YUV4MPEG2: what Chromium takes for a camera. */
async function film(code: Parameters<typeof bwip.toBuffer>[0], file: string): Promise<void> {
  const image = await loadImage(await bwip.toBuffer({ scale: 4, paddingwidth: 8, paddingheight: 8, backgroundcolor: "ffffff", ...code }));
  const canvas = createCanvas(WIDTH, HEIGHT);
  const context = canvas.getContext("2d");
  context.fillStyle = "#b8b4a8";
  context.fillRect(0, 0, WIDTH, HEIGHT);
  context.translate(WIDTH / 2, HEIGHT / 2);
  // Nobody holds a label straight.
  context.rotate(0.09);
  context.drawImage(image, -image.width / 2, -image.height / 2);
  const { data } = context.getImageData(0, 0, WIDTH, HEIGHT);
  const light = Buffer.from(Array.from({ length: WIDTH * HEIGHT }, (_, at) => Math.round(16 + 0.858 * (0.299 * (data[at * 4] ?? 0) + 0.587 * (data[at * 4 + 1] ?? 0) + 0.114 * (data[at * 4 + 2] ?? 0)))));
  const frame = Buffer.concat([Buffer.from("FRAME\n"), light, Buffer.alloc((WIDTH * HEIGHT) / 2, 128)]);
  writeFileSync(file, Buffer.concat([Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F10:1 Ip A1:1 C420mpeg2\n`), ...Array.from({ length: FRAMES }, () => frame)]));
}

/** Opens the scanner at the overview with a camera that sees this code, and goes on from there. */
async function scanned(code: Parameters<typeof bwip.toBuffer>[0], then: (page: Page) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "convoy-film-"));
  const file = join(folder, "label.y4m");
  await film(code, file);
  const launch = config.use?.launchOptions ?? {};
  const browser = await chromium.launch({ ...launch, args: [...(launch.args ?? []), `--use-file-for-fake-video-capture=${file}`] });
  try {
    const page = await signedIn(browser, "est");
    await page.getByRole("search").getByRole("button", { name: "Scan with the camera" }).click();
    await then(page);
  } finally {
    await browser.close();
    rmSync(folder, { recursive: true });
  }
}

test("a QR code with a Digital Link that the camera sees is traced", async () => {
  await scanned({ bcid: "qrcode", text: "https://id.gs1.org/01/09521101120011/21/NP26-0006" }, async (page) => {
    await expect(page.getByRole("heading", { name: "NP26-0006 · 09521101120011" })).toBeVisible();
    expect(page.url()).toContain(`${member("est").url}/trace?id=`);
  });
});

test("a GS1 Data Matrix that the camera sees is traced", async () => {
  await scanned({ bcid: "gs1datamatrix", text: "(01)09521101120011(21)NP26-0006" }, async (page) => {
    await expect(page.getByRole("heading", { name: "NP26-0006 · 09521101120011" })).toBeVisible();
  });
});

test("nonsense that the camera sees is named, with what was expected", async () => {
  await scanned({ bcid: "qrcode", text: "==xx==" }, async (page) => {
    await expect(page.getByRole("alert")).toContainText("is nothing that is known here");
    await expect(page.getByRole("alert")).toContainText("What to do:");
  });
});
