/**
 * Requests: sent, sent again where that is safe, and turned into answers or typed errors.
 *
 * Sent again: what changes nothing or is told apart by its content (reads, signed statements) after a lost connection; anything that the
 * node refused for want of room (429, 503) or that never reached it. Waits double with jitter, or follow Retry-After, until
 * {@link Retry.withinMs} is used up.
 */

import { AnswerError, ConnectionError, type Problem, ProblemError } from "./errors.js";

/** How long and how often to try. */
export interface Retry {
  /** The first wait, milliseconds; later ones double. */
  firstMs: number;
  /** No single wait is longer. */
  longestMs: number;
  /** After this no further try starts. 0: never try twice. */
  withinMs: number;
}

/** The defaults of {@link Retry}. */
export const RETRY: Retry = { firstMs: 50, longestMs: 2_000, withinMs: 15_000 };

/** Longer than the node's own limit, so that the node's explanation arrives first. */
const ANSWER_MS = 60_000;
const NEVER_ARRIVED = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "UND_ERR_CONNECT_TIMEOUT"]);

/** What `fetch` is to the client; give another one for proxies, client certificates or tests. */
export type Fetch = (request: Request) => Promise<Response>;

/** An answer that was not refused, and how many times the request was sent. */
export interface Answer {
  response: Response;
  tries: number;
}

/** Waits, milliseconds. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** The wait after `failures` in a row: doubled each time, then made 50 to 100 % of itself, so that many clients do not come back at once. */
export function backoff(retry: Retry, failures: number): number {
  const doubled = Math.min(retry.firstMs * 2 ** Math.min(failures - 1, 16), retry.longestMs);
  return doubled * (0.5 + Math.random() / 2);
}

/** The rules for trying again around a `fetch`. */
export class Http {
  constructor(
    private readonly fetch_: Fetch,
    readonly retry: Retry,
  ) {}

  /** The same, but never trying twice. */
  once(): Http {
    return new Http(this.fetch_, { ...this.retry, withinMs: 0 });
  }

  /**
   * Sends a request until it is answered, refused for good, or the time for retries is used up.
   *
   * @param repeatable Whether sending it twice has the effect of sending it once.
   * @param endless Whether the answer has no end, so that only its start is waited for.
   */
  async send(request: Request, repeatable: boolean, endless = false): Promise<Answer> {
    const started = Date.now();
    for (let tries = 1; ; tries++) {
      const { response, error, again, askedMs } = await this.#once(request.clone(), repeatable, endless);
      if (response !== undefined) return { response, tries };
      const wait = askedMs ?? backoff(this.retry, tries);
      if (!again || Date.now() - started + wait >= this.retry.withinMs) throw error;
      await pause(wait);
    }
  }

  async #once(
    request: Request,
    repeatable: boolean,
    endless: boolean,
  ): Promise<{ response?: Response; error?: Error; again: boolean; askedMs?: number | undefined }> {
    let response: Response;
    try {
      response = await this.fetch_(endless ? request : new Request(request, { signal: within(request, ANSWER_MS) }));
    } catch (error) {
      if (request.signal.aborted) throw error;
      const lost = connectionLost(request.url, error);
      return { error: lost, again: lost.neverArrived || repeatable };
    }
    if (response.ok) return { response, again: false };
    const room = response.status === 429 || response.status === 503;
    const asked = Number.parseInt(response.headers.get("retry-after") ?? "", 10);
    const error = await refusal(request.url, response);
    return { error, again: room, askedMs: Number.isNaN(asked) ? undefined : asked * 1_000 };
  }
}

function within(request: Request, ms: number): AbortSignal {
  return AbortSignal.any([request.signal, AbortSignal.timeout(ms)]);
}

/** The error of a `fetch` that did not end in an answer. */
export function connectionLost(url: string, error: unknown): ConnectionError {
  let cause: unknown = error;
  while (cause instanceof Error && cause.cause instanceof Error) cause = cause.cause;
  const code = (cause as { code?: unknown } | null)?.code;
  const message = cause instanceof Error ? cause.message : String(cause);
  // An address with several records fails with all of them together and says nothing in its message.
  const reason = message || String(code ?? "the connection failed");
  return new ConnectionError(url, reason, typeof code === "string" && NEVER_ARRIVED.has(code));
}

async function refusal(url: string, response: Response): Promise<Error> {
  let text: string;
  try {
    text = await response.text();
  } catch (error) {
    return connectionLost(url, error);
  }
  const problem = parseProblem(text);
  return problem ? new ProblemError(problem) : new AnswerError(url, `status ${response.status} without problem details`);
}

function parseProblem(text: string): Problem | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const code = (value as { code?: unknown } | null)?.code;
    return typeof code === "number" && code !== 0 ? (value as Problem) : undefined;
  } catch {
    return undefined;
  }
}
