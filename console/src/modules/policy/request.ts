/** A request for approval, as it is asked for. */

import { question } from "../../api/queries";

export interface Request {
  request: string;
  state: string;
  signer: string;
  member: string;
  module: string;
  action: unknown;
  asked_ms: number;
  expires_ms: number;
  approved_by: string[];
}

export const requests = (open: boolean) => question("policy", "requests", { open: open ? "true" : undefined, limit: "100" });

/** What policies call the action of a request: closing a case by giving up is a name of its own. */
export function policyAction({ module, action }: Pick<Request, "module" | "action">): string {
  const [name = "", fields] = Object.entries((typeof action === "object" && action !== null ? action : {}) as Record<string, { finding?: string }>)[0] ?? [];
  return `${module}::${name === "close_case" && fields?.finding === "written_off" ? "write_off" : name}`;
}
