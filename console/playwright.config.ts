import { defineConfig } from "@playwright/test";

/** The journeys run against a network that `scripts/browser` has started; CONVOY_DEMO is its folder. */
export default defineConfig({
  testDir: "tests",
  // Files run beside each other, on one network: what each changes is its own (parts by number). Within a file tests follow one another.
  fullyParallel: false,
  workers: 2,
  retries: 0,
  timeout: 600_000,
  expect: { timeout: Number(process.env.CONVOY_EXPECT_MS ?? 45_000) },
  reporter: [["line"]],
  snapshotPathTemplate: "tests/looks/{arg}{ext}",
  use: {
    // As long as an expectation: a button that never comes fails there, and not with the whole test.
    actionTimeout: Number(process.env.CONVOY_EXPECT_MS ?? 45_000),
    browserName: "chromium",
    viewport: { width: 1360, height: 850 },
    locale: "en-GB",
    timezoneId: "Europe/Tallinn",
    launchOptions: {
      executablePath: process.env.CONVOY_CHROMIUM ?? "/usr/bin/chromium",
      // A map without a graphics card; root may have no sandbox in a container; letters and dates the same on every machine, for pictures.
      args: ["--no-sandbox", "--lang=en-GB", "--font-render-hinting=none", "--use-gl=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"],
    },
  },
});
