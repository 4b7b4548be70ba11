/** A node of a few lines: answers what a test says, and remembers what it was asked. */

import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

export interface Asked {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  body: Uint8Array;
}

/** One answer; `broken` breaks the connection instead. */
export interface Reply {
  status?: number;
  body?: unknown;
  headers?: Record<string, string>;
  broken?: true;
}

export const BROKEN: Reply = { broken: true };

/** A refusal as nodes send it. */
export function problem(code: number, status = 409, members: object = {}): Reply & { body: object } {
  const body = {
    type: `/refusals/${code}`,
    title: "Refused",
    status,
    detail: "what was wrong",
    code,
    name: "some-rule",
    retryable: false,
    remedy: "do it otherwise",
    ...members,
  };
  return { status, body };
}

export interface Node {
  url: string;
  asked: Asked[];
}

/** Runs `use` with a node that gives `replies` one after another, the last one again and again; or what a function says. */
export async function serving(
  replies: Reply | Reply[] | ((asked: Asked) => Reply),
  use: (node: Node) => Promise<void>,
): Promise<void> {
  const left = Array.isArray(replies) ? [...replies] : [];
  const answer = (request: Asked): Reply => {
    if (typeof replies === "function") return replies(request);
    if (!Array.isArray(replies)) return replies;
    return (left.length > 1 ? left.shift() : left[0]) as Reply;
  };
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const url = new URL(request.url ?? "/", "http://node");
      const body = new Uint8Array(Buffer.concat(parts));
      const seen = { method: request.method ?? "", path: url.pathname, query: url.searchParams, headers: request.headers, body };
      asked.push(seen);
      const reply = answer(seen);
      if (reply.broken) {
        request.socket.resetAndDestroy();
        return;
      }
      response.writeHead(reply.status ?? 200, reply.headers);
      response.end(typeof reply.body === "string" ? reply.body : JSON.stringify(reply.body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  try {
    await use({ url: `http://127.0.0.1:${port}`, asked });
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}
