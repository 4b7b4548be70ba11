// Prints what the first screen loads and what is loaded when it is opened; fails where the main script is too large.
// exit codes: 0 within the budget, 1 over it or not built
import { readdir, readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";

const BUDGET_KB = 350;
const site = new URL("../dist/site/", import.meta.url);
const html = await readFile(new URL("index.html", site), "utf8").catch(() => {
  console.error("not built: npm run build");
  process.exit(1);
});
const first = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].map((match) => match[1]);
const size = async (file) => gzipSync(await readFile(new URL(file, site)), { level: 9 }).length / 1000;
let scripts = 0;
for (const file of first) {
  const kb = await size(file);
  if (file.endsWith(".js")) scripts += kb;
  console.log(`${kb.toFixed(1).padStart(8)} KB gzipped  first screen  ${file}`);
}
for (const file of (await readdir(new URL("assets/", site))).sort()) {
  if (!/\.(js|css|wasm|json)$/.test(file) || first.includes(`assets/${file}`)) continue;
  console.log(`${(await size(`assets/${file}`)).toFixed(1).padStart(8)} KB gzipped  when opened   assets/${file}`);
}
console.log(`${scripts.toFixed(1).padStart(8)} KB gzipped  scripts of the first screen; the budget is ${BUDGET_KB} KB`);
process.exit(scripts > BUDGET_KB ? 1 : 0);
