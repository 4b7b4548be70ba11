/**
 * The one way to the node: the client generated from its description, with the token or the session's cookie, and every error as a {@link Refused} or {@link NoAnswer}.
 *
 * Invariants: nothing is asked of another host than the page's own; a 401 ends the session and nothing else does; an error that reaches
 * a person has the node's number, reason and remedy, or says that nobody answered.
 */

import createClient from "openapi-fetch";
import { atSignOut, expired, token } from "../app/session";
import type { components, paths } from "@convoy/client";

export type Schemas = components["schemas"];
export type Problem = Schemas["Problem"];

/** The node refused: its problem details. */
export class Refused extends Error {
  override name = "Refused";
  constructor(readonly problem: Problem) {
    super(`${problem.detail} (${problem.code})`);
  }
}

/** Nobody answered, or something that is no node did. */
export class NoAnswer extends Error {
  override name = "NoAnswer";
}

async function send(request: Request): Promise<Response> {
  const bearer = token();
  if (bearer !== undefined) request.headers.set("authorization", `Bearer ${bearer}`);
  // No page of another origin can set this header without being asked: the node takes it as a sign that the console itself asks.
  else if (request.method !== "GET") request.headers.set("x-convoy-request", "1");
  let response: Response;
  try {
    response = await fetch(request);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new NoAnswer(String(error instanceof Error ? error.message : error));
  }
  if (response.ok) return response;
  const problem = await readProblem(response);
  // At the door a 401 means that what was shown is not right, not that a session has ended.
  if (response.status === 401 && problem.name !== "sign-in-refused") expired();
  throw new Refused(problem);
}

async function readProblem(response: Response): Promise<Problem> {
  const type = response.headers.get("content-type") ?? "";
  if (!type.includes("problem+json")) {
    // A proxy in front of a node that is down answers by itself.
    throw new NoAnswer(`${response.status} ${response.statusText}`);
  }
  return (await response.json()) as Problem;
}

atSignOut(() => void send(new Request(new URL("/v1/session", location.origin), { method: "DELETE", keepalive: true })).catch(() => undefined));

export const api = createClient<paths>({ baseUrl: location.origin, fetch: send });

/** The data of an answer: openapi-fetch gives it beside an error that {@link send} has thrown already. */
export async function data<T>(answer: Promise<{ data?: T }>): Promise<T> {
  return (await answer).data as T;
}

/** A path of the interface that is known only when the page runs, such as a question of a module. */
export async function ask(path: string, query: Record<string, string | undefined> = {}, signal?: AbortSignal): Promise<unknown> {
  const url = new URL(path, location.origin);
  for (const [name, value] of Object.entries(query)) if (value !== undefined && value !== "") url.searchParams.set(name, value);
  const response = await send(new Request(url, { signal: signal ?? null }));
  return response.json();
}

/** Sends JSON to a path of the interface. */
export async function post(path: string, body: unknown, type = "application/json"): Promise<unknown> {
  const response = await send(new Request(new URL(path, location.origin), { method: "POST", headers: { "content-type": type }, body: JSON.stringify(body) }));
  return response.json();
}

/** Submits a statement that was signed here, or has it tried out only. */
export async function postStatement(statement: Uint8Array<ArrayBuffer>, trial: boolean): Promise<unknown> {
  const url = new URL(`/v1/statements${trial ? "?dry_run=true" : ""}`, location.origin);
  const response = await send(new Request(url, { method: "POST", headers: { "content-type": "application/cose" }, body: statement }));
  return response.json();
}

/** The bytes of a proof. */
export async function bytes(path: string, query: Record<string, string> = {}): Promise<Uint8Array> {
  const url = new URL(path, location.origin);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return new Uint8Array(await (await send(new Request(url))).arrayBuffer());
}

/** A file of the console itself, such as a font. */
export async function file(path: string): Promise<ArrayBuffer> {
  const url = new URL(path, location.origin);
  if (url.origin !== location.origin) throw new NoAnswer(`${path} is no file of the console`);
  return (await send(new Request(url))).arrayBuffer();
}

/** The node's refusal of what was sent, or nobody's answer: whether sending it again by itself is sensible. */
export function worthRepeating(error: unknown): boolean {
  return error instanceof NoAnswer || (error instanceof Refused && (error.problem.status === 503 || error.problem.status === 429));
}
