/**
 * The connection to one node: EPCIS documents and statements in, status, traces, receipts and the live feed out.
 *
 * {@link Client.api} is generated from `openapi/convoy.json` and has every route, typed; the methods here are what an integrator needs most,
 * with the waiting and the trying again that goes with it.
 */

import createClient, { type Client as OpenApiClient } from "openapi-fetch";
import type { CborValue } from "./cbor.js";
import { AnswerError, ClientError, NotFinalError, ProblemError } from "./errors.js";
import { Feed } from "./feed.js";
import type { components, paths } from "./generated/api.js";
import { type Answer, connectionLost, type Fetch, Http, pause, RETRY, type Retry } from "./http.js";
import { concatBytes } from "./ids.js";
import type { Algorithm, SigningKey } from "./keys.js";
import { SUBMISSION_BYTES_MAX, SUBMISSION_STATEMENTS_MAX } from "./limits.js";
import { type Statement, StatementBuilder } from "./statement.js";
import { Trust } from "./trust.js";

type Schemas = components["schemas"];
/** The network and the node's place in it. */
export type Network = Schemas["NetworkView"];
/** A signer as the ledger knows it. */
export type SignerView = Schemas["AtHeight_SignerWithLanes"];
/** What became of a statement. */
export type Status = Schemas["StatusView"];
/** What became of one statement of a submission. */
export type Submitted = Schemas["Submitted"];
/** An EPCIS capture job. */
export type CaptureJob = Schemas["CaptureJob"];
/** Everything the ledger knows of one object. */
export type Trace = Schemas["AtHeight_TraceView"];

/** What happens to a document of which an event is refused (EPCIS 2.0 section 12.6.1). */
export type OnError = "rollback" | "proceed";

/** One long poll, milliseconds. Shorter than what proxies cut. */
const POLL_MS = 20_000;
/** How long the node waits until a proof can be made, milliseconds. */
const PROOF_WAIT_MS = "10000";
/** A statement made here can execute for this long where nothing else is said. */
const NOT_AFTER_MS = 120_000;
/** The refusal that a statement gets whose sequence is taken, also by itself when it is sent twice. */
const SEQUENCE_USED = 10;
const FINAL = new Set(["accepted", "refused", "expired"]);

/** How a client connects. */
export interface ClientOptions {
  /** A token of that node (`convoy node token add`). */
  token?: string | undefined;
  /** Replaces parts of {@link RETRY}. */
  retry?: Partial<Retry>;
  /** Replaces the global `fetch`. */
  fetch?: Fetch;
}

/** A call: path segments (percent-encoded here), query, headers and body. */
interface Call {
  method?: "GET" | "POST";
  path: readonly string[];
  query?: Readonly<Record<string, string>>;
  headers?: Readonly<Record<string, string>>;
  body?: Uint8Array | string;
  /** Whether sending it twice has the effect of sending it once. */
  repeatable?: boolean;
  signal?: AbortSignal;
}

/** A node's interface. */
export class Client {
  /** Every route of the interface, typed, with the same retries: `client.api.GET("/v1/members")`. Refusals are thrown as {@link ProblemError}. */
  readonly api: OpenApiClient<paths>;
  readonly #base: string;
  readonly #http: Http;
  readonly #token: string | undefined;
  #network: Promise<Network> | undefined;

  /**
   * A client of the node at `url`, such as `http://127.0.0.1:8480`. Nothing is sent yet.
   *
   * @throws {ClientError} where `url` is no http or https URL.
   */
  constructor(url: string, options: ClientOptions = {}) {
    const base = URL.canParse(url) ? new URL(url) : undefined;
    if (base === undefined || !/^https?:$/.test(base.protocol) || base.search || base.hash) {
      throw new ClientError(`\`${url}\` is no address of a node: write it like http://127.0.0.1:8480`);
    }
    this.#base = base.href.replace(/\/+$/, "");
    this.#token = options.token;
    this.#http = new Http(options.fetch ?? ((request) => fetch(request)), { ...RETRY, ...options.retry });
    this.api = createClient<paths>({
      baseUrl: this.#base,
      headers: this.#authorization(),
      fetch: async (request: Request) => {
        const repeatable = request.method === "GET" || new URL(request.url).pathname.endsWith("/v1/statements");
        return (await this.#http.send(request, repeatable)).response;
      },
    });
  }

  #authorization(): Record<string, string> {
    return this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` };
  }

  #request(call: Call): Request {
    const query = new URLSearchParams(call.query).toString();
    const path = call.path.map(encodeURIComponent).join("/");
    const init: RequestInit = {
      method: call.method ?? "GET",
      headers: { accept: "application/json", ...call.headers, ...this.#authorization() },
      redirect: "error",
    };
    if (call.body !== undefined) init.body = call.body as NonNullable<RequestInit["body"]>;
    if (call.signal !== undefined) init.signal = call.signal;
    return new Request(`${this.#base}/${path}${query && `?${query}`}`, init);
  }

  #send(call: Call): Promise<Answer> {
    return this.#http.send(this.#request(call), call.repeatable ?? call.method !== "POST");
  }

  async #json<T>(call: Call): Promise<T> {
    return json<T>((await this.#send(call)).response);
  }

  async #bytes(path: readonly string[], query: Record<string, string>, accept: string): Promise<Uint8Array> {
    const { response } = await this.#send({ path, query, headers: { accept } });
    try {
      return new Uint8Array(await response.arrayBuffer());
    } catch (error) {
      throw connectionLost(response.url, error);
    }
  }

  /** The network that the node belongs to; asked once. */
  network(): Promise<Network> {
    this.#network ??= this.#json<Network>({ path: ["v1", "network"] }).catch((error: unknown) => {
      this.#network = undefined;
      throw error;
    });
    return this.#network;
  }

  /** A signer as the ledger knows it, with the next sequence of each lane in use. */
  signer(did: string): Promise<SignerView> {
    return this.#json({ path: ["v1", "signers", did] });
  }

  /** Whether the node is ready to take statements. */
  async isReady(): Promise<boolean> {
    const call = this.#http.once().send(this.#request({ path: ["v1", "health", "ready"] }), true);
    return call.then(
      () => true,
      () => false,
    );
  }

  /** Waits until the node is ready, at most `limitMs`; says whether it is. */
  async waitReady(limitMs: number): Promise<boolean> {
    const started = Date.now();
    while (!(await this.isReady())) {
      if (Date.now() - started >= limitMs) return false;
      await pause(100);
    }
    return true;
  }

  /**
   * Submits one signed statement and returns its id. Sent again after a lost connection: its id tells it apart, so it cannot count twice.
   *
   * @throws {ProblemError} where the node does not admit it.
   */
  async submit(statement: Statement): Promise<string> {
    const call: Call = {
      method: "POST",
      path: ["v1", "statements"],
      headers: { "content-type": "application/cose" },
      body: statement.bytes,
      repeatable: true,
    };
    try {
      const [result] = (await this.#json<Schemas["Results"]>(call)).results;
      if (result !== undefined && "problem" in result) throw new ProblemError(result.problem);
    } catch (error) {
      // Its own first try may be what took the sequence.
      const taken = error instanceof ProblemError && error.code === SEQUENCE_USED;
      if (!taken || (await this.status(statement.id)).state === "unknown") throw error;
    }
    return statement.id;
  }

  /**
   * Submits statements in their order, in as few requests as the limits allow; tells for each what became of it.
   *
   * @throws {ClientError} where the node cannot be reached or refuses a whole request. What was sent before stays submitted.
   */
  async submitMany(statements: readonly Statement[]): Promise<Submitted[]> {
    const results: Submitted[] = [];
    for (const batch of batches(statements)) {
      const { response, tries } = await this.#send({
        method: "POST",
        path: ["v1", "statements"],
        headers: { "content-type": "application/cbor-seq" },
        body: concatBytes(...batch.map((statement) => statement.bytes)),
        repeatable: true,
      });
      const answer = (await json<Schemas["Results"]>(response)).results;
      results.push(...(tries > 1 ? await this.#forgiveRepeats(batch, answer) : answer));
    }
    return results;
  }

  /** A request that was sent twice may find its own statements; those are admitted, not refused. */
  async #forgiveRepeats(batch: readonly Statement[], results: readonly Submitted[]): Promise<Submitted[]> {
    return Promise.all(
      results.map(async (result, index) => {
        const statement = batch[index];
        const taken = statement && "problem" in result && result.problem.code === SEQUENCE_USED;
        if (!taken || (await this.status(statement.id)).state === "unknown") return result;
        return { id: statement.id, state: "waiting" };
      }),
    );
  }

  /**
   * Has the node sign actions with the token's own signer and submit them as one statement; returns its id. A lost connection is not
   * retried: ask what became of it before you send it again.
   */
  async act(actions: readonly Schemas["ModuleAction"][], lane?: number): Promise<string> {
    const { results } = await this.#json<Schemas["Results"]>({
      method: "POST",
      path: ["v1", "actions"],
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ actions, ...(lane === undefined ? {} : { lane }) }),
    });
    const [result] = results;
    if (result === undefined) throw new AnswerError(this.#base, "the answer names no statement");
    if ("problem" in result) throw new ProblemError(result.problem);
    return result.id;
  }

  /** What became of a statement; waits on the node up to `waitMs` (30,000 at most) for it to end. */
  status(id: string, waitMs = 0): Promise<Status> {
    const query: Record<string, string> = waitMs > 0 ? { wait_ms: String(Math.min(Math.round(waitMs), 30_000)) } : {};
    return this.#json({ path: ["v1", "statements", id], query });
  }

  /**
   * Waits until a statement has ended: accepted, refused or expired. A refusal by the ledger is a status, not an error.
   *
   * @throws {NotFinalError} past `limitMs`.
   */
  async follow(id: string, limitMs: number): Promise<Status> {
    const started = Date.now();
    for (;;) {
      const left = Math.max(0, limitMs - (Date.now() - started));
      const asked = Date.now();
      const status = await this.status(id, Math.min(left, POLL_MS));
      if (FINAL.has(status.state)) return status;
      const waited = Date.now() - started;
      if (waited >= limitMs) throw new NotFinalError(id, status.state, waited);
      // A node that does not know the statement answers at once; do not ask in a tight loop.
      if (Date.now() - asked < 50) await pause(Math.min(50, left));
    }
  }

  /** Submits a statement and waits until it has ended. */
  async submitAndFollow(statement: Statement, limitMs: number): Promise<Status> {
    return this.follow(await this.submit(statement), limitMs);
  }

  /**
   * Hands in an EPCIS 2.0 document in JSON-LD, signed for by the token's signer on the node. A lost connection is not retried; sending the
   * document again is safe, for the ledger refuses an event that it has.
   *
   * @throws {ProblemError} whose `problem.errors` name each broken rule with its place.
   */
  capture(document: string | Uint8Array | object, onError: OnError = "rollback"): Promise<CaptureJob> {
    const ready = typeof document === "string" || document instanceof Uint8Array;
    return this.#json({
      method: "POST",
      path: ["v1", "epcis", "capture"],
      headers: { "content-type": "application/ld+json", "gs1-capture-error-behaviour": onError },
      body: ready ? document : JSON.stringify(document),
    });
  }

  /** A capture job; 404 where the node has forgotten it (its statements are on the ledger all the same). */
  captureJob(id: string): Promise<CaptureJob> {
    return this.#json({ path: ["v1", "epcis", "capture", id] });
  }

  /**
   * Hands in a document and waits until all of it is final.
   *
   * @throws {NotFinalError} past `limitMs`.
   */
  async captureAndFollow(
    document: string | Uint8Array | object,
    limitMs: number,
    onError: OnError = "rollback",
  ): Promise<CaptureJob> {
    const started = Date.now();
    let job = await this.capture(document, onError);
    while (job.running) {
      for (const id of job.statements) await this.follow(id, Math.max(0, limitMs - (Date.now() - started)));
      const waited = Date.now() - started;
      if (waited > limitMs) throw new NotFinalError(job.statements[0] ?? job.captureID, "waiting", waited);
      job = await this.captureJob(job.captureID);
      if (job.running) await pause(10);
    }
    return job;
  }

  /**
   * Everything the ledger knows of one object, by any form of its identifier. Reads follow finality by some milliseconds, so for what was
   * captured just now give a limit: until it passes, an object that is not there yet is asked for again.
   *
   * @throws {ProblemError} 404 where no event names it.
   */
  async trace(id: string, limitMs = 0): Promise<Trace> {
    const started = Date.now();
    for (;;) {
      try {
        return await this.#json<Trace>({ path: ["v1", "trace", id] });
      } catch (error) {
        const absent = error instanceof ProblemError && error.problem.status === 404;
        if (!absent || Date.now() - started >= limitMs) throw error;
        await pause(25);
      }
    }
  }

  /** A final statement as it was signed. */
  body(id: string): Promise<Uint8Array> {
    return this.#bytes(["v1", "statements", id, "body"], {}, "application/cose");
  }

  /** A transparent statement (RFC 9943): the statement with receipts of `members` under `algorithms`; all where left out. */
  transparent(
    id: string,
    choice: { members?: readonly string[]; algorithms?: readonly Algorithm[] } = {},
  ): Promise<Uint8Array> {
    const query: Record<string, string> = { wait_ms: PROOF_WAIT_MS };
    if (choice.members?.length) query["members"] = choice.members.join(",");
    if (choice.algorithms?.length) query["algorithms"] = choice.algorithms.join(",").toLowerCase();
    return this.#bytes(["v1", "statements", id, "transparent"], query, "application/cose");
  }

  /** A statement with its compact receipt, small enough for a QR code. */
  compact(id: string): Promise<Uint8Array> {
    return this.#bytes(["v1", "statements", id, "compact"], { wait_ms: PROOF_WAIT_MS }, "application/cose");
  }

  /** The trust file as the node serves it. Get it once, from a node you trust, and keep it. */
  async trustFile(): Promise<string> {
    const bytes = await this.#bytes(["v1", "trust"], {}, "application/json");
    return new TextDecoder().decode(bytes);
  }

  /** What has to be believed to verify this network's proofs. */
  async trust(): Promise<Trust> {
    return Trust.fromJson(await this.trustFile());
  }

  /** The feed behind `cursor`, or from now on. Nothing is sent until the first event is asked for. */
  feed(cursor?: string): Feed {
    const request = (resume: string | undefined, signal: AbortSignal): Request => {
      const query: Record<string, string> = resume === undefined ? {} : { cursor: resume };
      return this.#request({ path: ["v1", "feed"], query, headers: { accept: "text/event-stream" }, signal });
    };
    return new Feed(this.#http, request, cursor);
  }
}

async function json<T>(response: Response): Promise<T> {
  let text: string;
  try {
    text = await response.text();
  } catch (error) {
    throw connectionLost(response.url, error);
  }
  try {
    return JSON.parse(text) as T;
  } catch (error) {
    throw new AnswerError(response.url, String(error));
  }
}

/** Cuts a list so that each part fits one request. */
export function batches(statements: readonly Statement[]): Statement[][] {
  const parts: Statement[][] = [];
  let bytes = 0;
  for (const statement of statements) {
    const part = parts.at(-1);
    const length = statement.bytes.length;
    if (part && part.length < SUBMISSION_STATEMENTS_MAX && bytes + length <= SUBMISSION_BYTES_MAX) {
      part.push(statement);
      bytes += length;
    } else {
      parts.push([statement]);
      bytes = length;
    }
  }
  return parts;
}

/**
 * A signer with its key: makes signed statements in order. Sequences are counted here, so one lane belongs to one `Signer` at a time; use
 * another lane for another program.
 */
export class Signer {
  constructor(
    readonly network: string,
    readonly did: string,
    private readonly key: SigningKey,
    readonly lane: number,
    /** The sequence of the next statement. Set it after the node refused one at the door. */
    public nextSequence: bigint,
  ) {}

  /** A signer that asks the node for the network and the lane's next sequence. */
  static async load(client: Client, did: string, key: SigningKey, lane = 0): Promise<Signer> {
    const [{ network }, view] = await Promise.all([client.network(), client.signer(did)]);
    const next = view.lanes.find((known) => known.lane === lane)?.next_sequence ?? 0;
    return new Signer(network, did, key, lane, BigInt(next));
  }

  /** Makes and signs the next statement of the lane: one action of `module`. It can execute for two minutes. */
  sign(module: string, action: CborValue): Statement {
    return this.signWith((builder) => builder.action(module, action));
  }

  /** As {@link Signer.sign}, with everything that a builder can say. The sequence is used up only when the statement was made. */
  signWith(build: (builder: StatementBuilder) => StatementBuilder): Statement {
    const builder = new StatementBuilder(this.network, this.did, Date.now() + NOT_AFTER_MS);
    const statement = build(builder.sequence(this.lane, this.nextSequence)).sign(this.key);
    this.nextSequence += 1n;
    return statement;
  }
}
