/**
 * Captures an EPCIS event, follows it until it is final, fetches its proofs and verifies them with no network.
 *
 * Try it against `./demo` of the repository, which prints a node's address and the path of a token:
 *
 *     npm run build && node dist/examples/capture-and-prove.js http://127.0.0.1:8480 run/demo/est/officer.token
 *
 * Writes trust.json, NAME.cose (transparent statement) and NAME.compact (compact receipt) into the current folder.
 * Exit codes: 0 proved, 1 refused or not proved, 2 wrong usage.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { Client, ClientError, Trust, verify, VerifyError } from "../src/index.js";

/** The commissioning of one serialised part, in EPCIS 2.0. */
function document(item: string): object {
  const now = new Date().toISOString();
  const event = {
    type: "ObjectEvent",
    eventTime: now,
    eventTimeZoneOffset: "+00:00",
    action: "ADD",
    bizStep: "commissioning",
    disposition: "active",
    epcList: [item],
    readPoint: { id: "urn:epc:id:sgln:9521101.00010.0" },
  };
  return {
    "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
    type: "EPCISDocument",
    schemaVersion: "2.0",
    creationDate: now,
    epcisBody: { eventList: [event] },
  };
}

/** Everything that needs the network; returns the proofs' files. */
async function capture(node: string, token: string): Promise<string[]> {
  const client = new Client(node, { token });
  const item = `urn:epc:id:sgtin:9521101.012001.SDK-${Date.now()}`;
  const job = await client.captureAndFollow(document(item), 30_000);
  for (const error of job.errors) console.error(`refused at ${error.pointer}: ${error.detail}; ${error.remedy}`);
  console.log(`captured ${item} in ${job.statements.length} statement(s)`);
  console.log(`the ledger's trace of it has ${(await client.trace(item, 5_000)).history.length} event(s)`);
  // Once, from a node you trust; from then on the file is what you believe.
  writeFileSync("trust.json", await client.trustFile());
  const files: string[] = [];
  for (const id of job.statements) {
    const proofs = { cose: await client.transparent(id), compact: await client.compact(id) };
    for (const [end, proof] of Object.entries(proofs)) {
      const file = `${id.slice(0, 16)}.${end}`;
      writeFileSync(file, proof);
      files.push(file);
    }
  }
  return files;
}

/** Needs no network: what an auditor does years later. */
function prove(files: readonly string[]): void {
  const trust = Trust.fromJson(readFileSync("trust.json", "utf8"));
  for (const file of files) {
    const proof = new Uint8Array(readFileSync(file));
    console.log(`\n${file} (${proof.length} bytes)\n${verify(proof, trust)}`);
  }
}

const [node, tokenFile] = process.argv.slice(2);
if (node === undefined || tokenFile === undefined) {
  console.error("usage: capture-and-prove.js NODE_URL TOKEN_FILE");
  process.exitCode = 2;
} else {
  try {
    const files = await capture(node, readFileSync(tokenFile, "utf8").trim());
    prove(files);
    process.exitCode = files.length > 0 ? 0 : 1;
  } catch (error) {
    if (!(error instanceof ClientError || error instanceof VerifyError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
