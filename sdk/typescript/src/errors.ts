/** What can go wrong between a program and a node. */

import type { components } from "./generated/api.js";

/** Problem details (RFC 9457) as a node sends them: number, reason, remedy. */
export type Problem = components["schemas"]["Problem"];

/** Everything that the client throws, apart from what building a statement or verifying a proof throws. */
export class ClientError extends Error {
  override name = "ClientError";
}

/** The node refused. */
export class ProblemError extends ClientError {
  override name = "ProblemError";

  constructor(readonly problem: Problem) {
    const where = problem.pointer ? ` (at \`${problem.pointer}\`)` : "";
    const errors = (problem.errors ?? []).map((e) => `\n  at ${e.pointer}: ${e.rule}; ${e.detail}; ${e.remedy}`);
    super(`${problem.name} (${problem.code}): ${problem.detail}${where}. ${problem.remedy}${errors.join("")}`);
  }

  /** The number of the broken rule; never reused. */
  get code(): number {
    return this.problem.code;
  }
}

/** The node could not be reached, or the connection was lost, and trying again did not help. */
export class ConnectionError extends ClientError {
  override name = "ConnectionError";

  constructor(
    readonly url: string,
    readonly reason: string,
    /** Whether the request never reached the node. */
    readonly neverArrived: boolean,
  ) {
    super(`no answer from ${url}: ${reason}; check that the node runs and that the address is right`);
  }
}

/** The answer is not what a node of this version sends. */
export class AnswerError extends ClientError {
  override name = "AnswerError";

  constructor(
    readonly url: string,
    readonly reason: string,
  ) {
    const remedy = "check that client and node have the same version";
    super(`${url} answered something that this version does not understand: ${reason}; ${remedy}`);
  }
}

/** The statement is not final within the time given. It may become so later: ask again with the same id. */
export class NotFinalError extends ClientError {
  override name = "NotFinalError";

  constructor(
    readonly id: string,
    /** Its state when last seen. */
    readonly state: string,
    readonly waitedMs: number,
  ) {
    super(`statement ${id} is not final after ${waitedMs} ms; its state is \`${state}\`; ask again with the same id`);
  }
}
