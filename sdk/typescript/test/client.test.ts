/** The client against a node of a few lines: what is sent, what is sent again, what is said. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { batches, Client, Signer } from "../src/client.js";
import { AnswerError, ClientError, ConnectionError, NotFinalError, ProblemError } from "../src/errors.js";
import { type SseEvent, SseParser } from "../src/feed.js";
import { SigningKey } from "../src/keys.js";
import { FEED_LINE_BYTES_MAX, SUBMISSION_BYTES_MAX, SUBMISSION_STATEMENTS_MAX } from "../src/limits.js";
import { StatementError } from "../src/statement.js";
import { type Asked, BROKEN, problem, type Reply, serving } from "./fake-node.js";

const NETWORK = "baltic.ba7816bf8f01cfea";
const DID = "did:web:a:b";
const QUICK = { firstMs: 1, longestMs: 10, withinMs: 2_000 };
const IMPATIENT = { firstMs: 1, longestMs: 10, withinMs: 50 };

function signer(lane = 3, sequence = 5n): Signer {
  return new Signer(NETWORK, DID, SigningKey.fromSecret("Ed25519", new Uint8Array(32).fill(7)), lane, sequence);
}

const admitted = (id: string): Reply => ({ status: 202, body: { results: [{ id, state: "waiting" }] } });

test("statements of a signer follow one another", () => {
  const own = signer();
  const [first, second] = [own.sign("custody", 1), own.sign("custody", { a: [2] })];
  assert.deepEqual([first, second].map((s) => [s.content.lane, s.content.sequence]), [
    [3, 5n],
    [3, 6n],
  ]);
  assert.throws(() => own.signWith((builder) => builder), StatementError);
  assert.equal(own.nextSequence, 7n);
});

test("a signer is loaded with the network and its next sequence", async () => {
  const lanes = [
    { lane: 0, next_sequence: 9 },
    { lane: 4, next_sequence: 2 },
  ];
  const answer = ({ path }: Asked): Reply => ({ body: path === "/v1/network" ? { network: NETWORK } : { lanes } });
  await serving(answer, async ({ url, asked }) => {
    const client = new Client(url, { token: "secret-token" });
    const key = SigningKey.generate("ES256");
    const loaded = [];
    for (const lane of [0, 4, 5]) loaded.push((await Signer.load(client, DID, key, lane)).nextSequence);
    assert.deepEqual(loaded, [9n, 2n, 0n]);
    assert.equal(asked.filter(({ path }) => path === "/v1/network").length, 1);
    assert.ok(asked.some(({ path }) => path === "/v1/signers/did%3Aweb%3Aa%3Ab"));
    assert.ok(asked.every(({ headers }) => headers.authorization === "Bearer secret-token"));
  });
});

test("a statement is sent again after a lost connection", async () => {
  const statement = signer().sign("custody", 1);
  await serving([BROKEN, admitted(statement.id)], async ({ url, asked }) => {
    assert.equal(await new Client(url, { retry: QUICK }).submit(statement), statement.id);
    assert.deepEqual(asked.map(({ body }) => body), [statement.bytes, statement.bytes]);
  });
});

test("a statement that its own first try brought is admitted", async () => {
  const statement = signer().sign("custody", 1);
  const waiting = { body: { id: statement.id, state: "waiting" } };
  await serving([BROKEN, problem(10), waiting], async ({ url, asked }) => {
    assert.equal(await new Client(url, { retry: QUICK }).submit(statement), statement.id);
    assert.equal(asked.at(-1)?.path, `/v1/statements/${statement.id}`);
  });
  const many = { status: 202, body: { results: [{ problem: problem(10).body }] } };
  await serving([BROKEN, many, waiting], async ({ url }) => {
    const results = await new Client(url, { retry: QUICK }).submitMany([statement]);
    assert.deepEqual(results, [{ id: statement.id, state: "waiting" }]);
  });
  await serving([problem(10), { body: { id: statement.id, state: "unknown" } }], async ({ url }) => {
    const refused = new Client(url, { retry: QUICK }).submit(statement);
    await assert.rejects(refused, (error) => error instanceof ProblemError && error.code === 10);
  });
});

test("a document is not sent again after a lost connection, but when there was no room", async () => {
  const job = { status: 202, body: { captureID: "j", running: false, statements: [] } };
  await serving([BROKEN, job], async ({ url, asked }) => {
    await assert.rejects(new Client(url, { retry: QUICK }).capture({ type: "EPCISDocument" }), ConnectionError);
    assert.equal(asked.length, 1);
  });
  const full = { ...problem(900, 503), headers: { "retry-after": "0" } };
  await serving([full, full, job], async ({ url, asked }) => {
    const captured = await new Client(url, { retry: QUICK }).capture('{"type": "EPCISDocument"}', "proceed");
    assert.equal(captured.captureID, "j");
    assert.equal(asked.length, 3);
    assert.equal(asked[0]?.headers["gs1-capture-error-behaviour"], "proceed");
    assert.equal(asked[0]?.headers["content-type"], "application/ld+json");
  });
});

test("a refusal says number, reason, place and remedy", async () => {
  const errors = [{ pointer: "/a", rule: "R1", detail: "d", remedy: "r" }];
  await serving(problem(31, 422, { pointer: "/epcisBody", errors }), async ({ url, asked }) => {
    const words = "some-rule (31): what was wrong (at `/epcisBody`). do it otherwise\n  at /a: R1; d; r";
    await assert.rejects(new Client(url).capture("{}"), { name: "ProblemError", message: words });
    assert.equal(asked.length, 1);
  });
});

test("what is no answer of a node is said", async () => {
  for (const reply of [{ status: 502, body: "<html>" }, { body: "{" }, { status: 400, body: { code: 0 } }]) {
    await serving(reply, ({ url }) => assert.rejects(new Client(url).network(), AnswerError));
  }
  const nobody = new Client("http://127.0.0.1:9", { retry: IMPATIENT });
  // Port 9 is one that fetch itself refuses to call; any port without a listener does.
  await assert.rejects(nobody.network(), ConnectionError);
  for (const url of ["127.0.0.1:8480", "ftp://node", "http://", "http://node?x=1", ""]) {
    assert.throws(() => new Client(url), ClientError, url);
  }
});

test("a node that does not listen never got the request", async () => {
  let address = "";
  await serving({}, async ({ url }) => {
    address = url;
  });
  const refused = new Client(address, { retry: IMPATIENT }).capture("{}");
  await assert.rejects(refused, (error) => error instanceof ConnectionError && error.neverArrived);
});

test("a statement is followed to its end", async () => {
  const states = [{ body: { id: "i", state: "waiting" } }, { body: { id: "i", state: "refused" } }];
  await serving(states, async ({ url, asked }) => {
    assert.equal((await new Client(url).follow("i", 5_000)).state, "refused");
    const waited = Number(asked[0]?.query.get("wait_ms"));
    assert.ok(waited > 0 && waited <= 5_000);
  });
  await serving({ body: { id: "i", state: "unknown" } }, async ({ url, asked }) => {
    const late = new Client(url).follow("i", 120);
    await assert.rejects(late, (error) => error instanceof NotFinalError && error.state === "unknown");
    assert.ok(asked.length <= 6);
  });
});

test("a captured document is followed until all of it is final", async () => {
  const job = { captureID: "j", running: true, statements: ["i"] };
  const answer = ({ method, path }: Asked): Reply => {
    if (method === "POST") return { status: 202, body: job };
    return { body: path === "/v1/statements/i" ? { id: "i", state: "accepted" } : { ...job, running: false } };
  };
  await serving(answer, async ({ url, asked }) => {
    assert.equal((await new Client(url).captureAndFollow("{}", 5_000)).running, false);
    const paths = asked.map(({ path }) => path);
    assert.deepEqual(paths, ["/v1/epcis/capture", "/v1/statements/i", "/v1/epcis/capture/j"]);
  });
});

test("proofs are asked for by member and algorithm", async () => {
  await serving({ body: "proof" }, async ({ url, asked }) => {
    const client = new Client(url);
    const proof = await client.transparent("i", { members: ["est", "fra"], algorithms: ["ML-DSA-65"] });
    assert.equal(new TextDecoder().decode(proof), "proof");
    const query = { wait_ms: "10000", members: "est,fra", algorithms: "ml-dsa-65" };
    assert.deepEqual(Object.fromEntries(asked[0]?.query ?? []), query);
    assert.deepEqual(await client.compact("i"), await client.body("i"));
    assert.equal(asked[0]?.headers.accept, "application/cose");
  });
});

test("every other route is typed and has the same retries and refusals", async () => {
  await serving([problem(900, 503), { body: { members: [], height: 1 } }, problem(404, 404)], async ({ url, asked }) => {
    const { api } = new Client(url, { token: "t", retry: QUICK });
    assert.equal((await api.GET("/v1/members")).data?.height, 1);
    await assert.rejects(api.GET("/v1/members/{id}", { params: { path: { id: "a/b" } } }), ProblemError);
    assert.equal(asked.at(-1)?.path, "/v1/members/a%2Fb");
    assert.equal(asked.at(-1)?.headers.authorization, "Bearer t");
  });
});

test("an object captured just now is asked for until it is there", async () => {
  const trace = { body: { object: "o", history: [], contents: [], truncated: false, height: 3 } };
  await serving([problem(2010, 404), problem(2010, 404), trace], async ({ url, asked }) => {
    assert.equal((await new Client(url).trace("urn:a/b", 5_000)).height, 3);
    assert.deepEqual(asked.map(({ path }) => path), Array(3).fill("/v1/trace/urn%3Aa%2Fb"));
  });
  await serving(problem(2010, 404), async ({ url, asked }) => {
    await assert.rejects(new Client(url).trace("urn:a/b"), ProblemError);
    assert.equal(asked.length, 1);
  });
});

test("a node is waited for until it is ready", async () => {
  await serving([problem(900, 503), BROKEN, { body: {} }], async ({ url, asked }) => {
    assert.equal(await new Client(url).waitReady(5_000), true);
    assert.equal(asked.length, 3);
  });
  await serving(problem(900, 503), async ({ url }) => assert.equal(await new Client(url).waitReady(0), false));
});

test("the feed goes on behind its last event, each once", async () => {
  const event = (cursor: string, kind = "statement"): string =>
    `id: ${cursor}\nevent: ${kind}\ndata: {"at": "${cursor}"}\n\n`;
  const streams: Record<string, string> = {
    "": event("1.0") + event("1.1"),
    "1.1": event("2.0") + event("2.5", "resume"),
    "2.5": `${event("3.0")}data: cut`,
  };
  const answer = ({ query }: Asked): Reply => {
    const body = streams[query.get("cursor") ?? ""];
    return body === undefined ? problem(940, 410) : { body, headers: { "content-type": "text/event-stream" } };
  };
  await serving(answer, async ({ url, asked }) => {
    const feed = new Client(url, { retry: QUICK }).feed();
    const events = [];
    for (let count = 0; count < 4; count++) events.push(await feed.next());
    assert.deepEqual(events.map((e) => e?.cursor), ["1.0", "1.1", "2.0", "3.0"]);
    assert.deepEqual(events[3]?.data, { at: "3.0" });
    assert.equal(feed.cursor, "3.0");
    await assert.rejects(feed.next(), ProblemError);
    assert.deepEqual(asked.map(({ query }) => query.get("cursor")), [null, "1.1", "2.5", "3.0"]);
    feed.close();
    assert.equal(await feed.next(), undefined);
  });
});

test("a feed that is left is closed", async () => {
  await serving({ body: "id: 1.0\nevent: block\ndata: 1\n\n" }, async ({ url }) => {
    const feed = new Client(url, { retry: QUICK }).feed("0.9");
    for await (const event of feed) {
      assert.equal(event.kind, "block");
      break;
    }
    assert.equal(await feed.next(), undefined);
  });
});

test("a feed that is closed while it waits ends", async () => {
  const silent = createServer(() => {});
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const { port } = silent.address() as AddressInfo;
  try {
    const feed = new Client(`http://127.0.0.1:${port}`).feed();
    const next = feed.next();
    await once(silent, "request");
    feed.close();
    assert.equal(await next, undefined);
  } finally {
    silent.closeAllConnections();
    silent.close();
  }
});

test("server-sent events are the same however the bytes are cut", () => {
  const text = new TextEncoder().encode(
    ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\r\nid\r\n\r\n" +
      "event: block\ndata:  third\ndata: line\n\ndata: incomplete",
  );
  const expected: SseEvent[] = [
    { id: "1", kind: "", data: "first event" },
    { id: "", kind: "", data: "second event" },
    { id: undefined, kind: "block", data: " third\nline" },
  ];
  for (let size = 1; size <= text.length; size++) {
    const parser = new SseParser();
    const events: SseEvent[] = [];
    for (let at = 0; at < text.length; at += size) events.push(...parser.push(text.subarray(at, at + size)));
    assert.deepEqual(events, expected);
  }
  assert.throws(() => new SseParser().push(new Uint8Array(FEED_LINE_BYTES_MAX + 1).fill(120)), RangeError);
});

test("batches keep order and limits", () => {
  const own = signer(0, 0n);
  const statements = Array.from({ length: 1_500 }, () => own.sign("m", "x".repeat(1_500)));
  const parts = batches(statements);
  assert.deepEqual(parts.flat().map(({ id }) => id), statements.map(({ id }) => id));
  for (const part of parts) {
    assert.ok(part.length <= SUBMISSION_STATEMENTS_MAX);
    assert.ok(part.reduce((sum, { bytes }) => sum + bytes.length, 0) <= SUBMISSION_BYTES_MAX);
  }
  assert.equal(parts.length, 2);
});
