// Writes src/api/generated/api.ts from openapi/convoy.json. `--check` writes nothing and fails where it would change.
// exit codes: 0 done or up to date, 1 out of date
import { readFile, writeFile } from "node:fs/promises";
import openapi, { astToString } from "openapi-typescript";

const description = new URL("../../openapi/convoy.json", import.meta.url);
const target = new URL("../src/api/generated/api.ts", import.meta.url);
const head = "/** The node's interface. Made by `npm run generate` from openapi/convoy.json. Do not edit. */\n\n";
const made = head + astToString(await openapi(description));
const kept = await readFile(target, "utf8").catch(() => "");
if (kept !== made) {
  if (process.argv.includes("--check")) {
    console.error("src/api/generated/api.ts is out of date: run `npm run generate` in console/");
    process.exit(1);
  }
  await writeFile(target, made);
  console.error("src/api/generated/api.ts");
}
