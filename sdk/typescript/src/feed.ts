/** The live feed of a node, resumed by itself. */

import { AnswerError } from "./errors.js";
import { backoff, type Http, pause } from "./http.js";
import { FEED_LINE_BYTES_MAX } from "./limits.js";

/** The node sends a heartbeat every 15 s; after twice that and some the connection counts as lost. */
const SILENCE_MS = 40_000;

/** One event of the feed. */
export interface FeedEvent {
  /** Where the feed goes on behind this event. Keep it, and nothing is missed or repeated. */
  cursor: string;
  /** `statement`, `goods`, `handover`, `case`, `member` or `block`. */
  kind: string;
  /** What happened. */
  data: unknown;
}

/** One server-sent event. */
export interface SseEvent {
  id: string | undefined;
  kind: string;
  data: string;
}

/** Reads server-sent events (WHATWG HTML section 9.2.6) from bytes as they come. */
export class SseParser {
  #line: number[] = [];
  #event: SseEvent = { id: undefined, kind: "", data: "" };
  #hasData = false;
  #afterCr = false;
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });

  /**
   * Takes bytes; returns the events that they complete.
   *
   * @throws {RangeError} when a line is longer than a mebibyte.
   */
  push(bytes: Uint8Array): SseEvent[] {
    const events: SseEvent[] = [];
    for (const byte of bytes) {
      const afterCr = this.#afterCr;
      this.#afterCr = byte === 0x0d;
      if (byte === 0x0a && afterCr) continue;
      if (byte === 0x0a || byte === 0x0d) {
        const event = this.#endLine();
        if (event) events.push(event);
      } else if (this.#line.length === FEED_LINE_BYTES_MAX) {
        throw new RangeError(`a line of the feed is longer than ${FEED_LINE_BYTES_MAX} bytes`);
      } else this.#line.push(byte);
    }
    return events;
  }

  #endLine(): SseEvent | undefined {
    const line = this.#decoder.decode(Uint8Array.from(this.#line));
    this.#line = [];
    if (line === "") {
      const event = this.#hasData ? this.#event : undefined;
      this.#event = { id: undefined, kind: "", data: "" };
      this.#hasData = false;
      return event;
    }
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "id") this.#event.id = value;
    else if (field === "event") this.#event.kind = value;
    else if (field === "data") {
      this.#event.data += this.#hasData ? `\n${value}` : value;
      this.#hasData = true;
    }
    return undefined;
  }
}

interface Connection {
  reader: ReadableStreamDefaultReader<Uint8Array>;
  parser: SseParser;
}

/**
 * A feed: events come in the ledger's order, each once; after a lost connection it goes on behind the last one.
 *
 * ```ts
 * for await (const event of client.feed(cursor)) { save(event.cursor); handle(event); }
 * ```
 */
export class Feed implements AsyncIterable<FeedEvent> {
  #connection: Connection | undefined;
  /** Ends what is connected or connecting. */
  #abort: AbortController | undefined;
  #ready: FeedEvent[] = [];
  #failures = 0;
  #closed = false;
  /** Where to connect: behind the last event taken, or where the node asked to come back. */
  #resume: string | undefined;

  constructor(
    private readonly http: Http,
    private readonly request: (cursor: string | undefined, signal: AbortSignal) => Request,
    private cursor_: string | undefined,
  ) {
    this.#resume = cursor_;
  }

  /** Where to go on behind the last event taken. */
  get cursor(): string | undefined {
    return this.cursor_;
  }

  /**
   * The next event, however long it takes; `undefined` once the feed is closed.
   *
   * @throws {ProblemError} where the node refuses, such as an expired cursor (410) or a missing scope.
   * @throws {ConnectionError} where the node stays away for as long as the client's retries last.
   */
  async next(): Promise<FeedEvent | undefined> {
    while (!this.#closed) {
      const event = this.#ready.shift();
      if (event) {
        this.cursor_ = event.cursor;
        return event;
      }
      try {
        this.#connection ??= await this.#connect();
      } catch (error) {
        if (this.#closed) return undefined;
        throw error;
      }
      await this.#read(this.#connection);
    }
    return undefined;
  }

  /** Ends the feed and its connection. */
  close(): void {
    this.#closed = true;
    this.#drop();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<FeedEvent> {
    try {
      for (let event = await this.next(); event; event = await this.next()) yield event;
    } finally {
      this.close();
    }
  }

  async #connect(): Promise<Connection> {
    this.#abort = new AbortController();
    const request = this.request(this.#resume, this.#abort.signal);
    const { response } = await this.http.send(request, true, true);
    if (!response.body) throw new AnswerError(request.url, "the feed has no body");
    return { reader: response.body.getReader(), parser: new SseParser() };
  }

  /** Reads what has come; drops the connection when it ended, fell silent or failed. */
  async #read(connection: Connection): Promise<void> {
    const part = await this.#part(connection);
    if (this.#closed) return;
    if (part === undefined) {
      this.#drop();
      this.#failures += 1;
      await pause(backoff(this.http.retry, this.#failures));
      return;
    }
    this.#failures = 0;
    for (const event of this.#events(connection.parser, part)) {
      if (event.id) this.#resume = event.id;
      if (event.kind === "resume") {
        this.#drop();
        return;
      }
      this.#ready.push(this.#take(event));
    }
  }

  async #part({ reader }: Connection): Promise<Uint8Array | undefined> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const silence = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), SILENCE_MS);
    });
    try {
      const part = await Promise.race([reader.read(), silence]);
      return part?.value;
    } catch {
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }

  #events(parser: SseParser, part: Uint8Array): SseEvent[] {
    try {
      return parser.push(part);
    } catch (error) {
      this.#drop();
      throw new AnswerError("the feed", String(error));
    }
  }

  #take(event: SseEvent): FeedEvent {
    if (!event.id) throw new AnswerError("the feed", "an event of the feed has no cursor");
    try {
      return { cursor: event.id, kind: event.kind, data: JSON.parse(event.data) };
    } catch (error) {
      throw new AnswerError("the feed", String(error));
    }
  }

  #drop(): void {
    this.#abort?.abort();
    this.#connection = undefined;
  }
}
