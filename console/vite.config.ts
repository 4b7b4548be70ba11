import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

/** The node that a page under development talks to. */
const node = process.env.CONVOY_NODE ?? "http://127.0.0.1:8101";
const proxy = { "/v1": { target: node }, "/openapi.json": { target: node } };

export default defineConfig({
  plugins: [react()],
  server: { host: "127.0.0.1", proxy, fs: { allow: [".."] } },
  preview: { host: "127.0.0.1", proxy },
  worker: { format: "es" },
  build: {
    outDir: "dist/site",
    emptyOutDir: true,
    target: "es2023",
    // Everything is a file of its own: the page's policy lets no data: script or font run.
    assetsInlineLimit: 0,
    // The files that people's browsers keep: one for each part that is opened by itself.
    chunkSizeWarningLimit: 1500,
  },
  test: { include: ["src/**/*.test.ts"], testTimeout: 30_000 },
});
