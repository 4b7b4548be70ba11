/** What the pages ask, each question once: key and function together, so that a change on the ledger reaches every page that shows it. */

import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import type { Session } from "../app/session";
import { api, ask, data, Refused, type Schemas } from "./client";

export type Handover = Schemas["HandoverView"];
export type Case = Schemas["CaseView"];
export type Trace = Schemas["AtHeight_TraceView"];
export type HistoryEntry = Schemas["HistoryEntry"];
export type Member = Schemas["MemberView"];
export type Content = Schemas["ContentView"];
export type ModuleSchema = Schemas["ModuleSchema"];
export type FieldSchema = Schemas["FieldSchema"];
export type ActionSchema = Schemas["ActionSchema"];
export type QuerySchema = Schemas["QuerySchema"];
export type IdentifierView = Schemas["IdentifierView"];
export type Block = Schemas["BlockView"];
export type Placed = Schemas["PlacedView"];
export type Stock = Schemas["AtHeight_StockView"];
export type StockPlace = Schemas["StockPlace"];
export type Consignment = Schemas["ConsignmentView"];
export type Liveness = Schemas["LivenessView"];

/** How long an answer about the past is taken for good. */
const PAST_MS = 600_000;

export const session = () =>
  queryOptions({
    queryKey: ["session"],
    queryFn: async ({ signal }): Promise<Session | null> => {
      try {
        return (await ask("/v1/session", {}, signal)) as Session;
      } catch (error) {
        // A node of an earlier version does not say whose token it is: everything is offered, and the ledger decides.
        if (error instanceof Refused && error.problem.status === 404) return null;
        throw error;
      }
    },
    staleTime: Infinity,
  });

/** The ways of signing in that the node offers. */
export const ways = () => queryOptions({ queryKey: ["ways"], queryFn: ({ signal }) => data(api.GET("/v1/signin", { signal })), staleTime: 60_000 });
export const sessions = () => queryOptions({ queryKey: ["sessions"], queryFn: ({ signal }) => data(api.GET("/v1/sessions", { signal })), staleTime: 5_000 });
export const passkeys = () => queryOptions({ queryKey: ["passkeys"], queryFn: ({ signal }) => data(api.GET("/v1/passkeys", { signal })), staleTime: 5_000 });

export const network = () => queryOptions({ queryKey: ["network"], queryFn: ({ signal }) => data(api.GET("/v1/network", { signal })), staleTime: 15_000 });
export const health = () => queryOptions({ queryKey: ["health"], queryFn: ({ signal }) => data(api.GET("/v1/health", { signal })), staleTime: 5_000 });
export const members = () => queryOptions({ queryKey: ["members"], queryFn: ({ signal }) => data(api.GET("/v1/members", { signal })), staleTime: 60_000 });
export const modules = () => queryOptions({ queryKey: ["modules"], queryFn: ({ signal }) => data(api.GET("/v1/modules", { signal })), staleTime: Infinity });
export const trust = () => queryOptions({ queryKey: ["trust"], queryFn: ({ signal }) => ask("/v1/trust", {}, signal), staleTime: 60_000 });

export const signer = (did: string) =>
  queryOptions({
    queryKey: ["member", "signer", did],
    queryFn: ({ signal }) => data(api.GET("/v1/signers/{did}", { params: { path: { did } }, signal })),
    staleTime: 60_000,
  });

export const schema = (module: string) =>
  queryOptions({
    queryKey: ["schema", module],
    queryFn: async ({ signal }) => (await ask(`/v1/modules/${encodeURIComponent(module)}/schema`, {}, signal)) as ModuleSchema,
    staleTime: Infinity,
  });

/** A question of a module, by name. */
export const question = (module: string, name: string, parameters: Record<string, string | undefined>) =>
  queryOptions({
    queryKey: ["module", module, name, parameters],
    queryFn: ({ signal }) => ask(`/v1/modules/${encodeURIComponent(module)}/${encodeURIComponent(name)}`, parameters, signal),
    placeholderData: keepPreviousData,
  });

export const identifier = (text: string) =>
  queryOptions({
    queryKey: ["identifier", text],
    queryFn: ({ signal }) => data(api.GET("/v1/identifiers", { params: { query: { text } }, signal })),
    staleTime: Infinity,
    retry: false,
  });

export const trace = (id: string) =>
  queryOptions({
    queryKey: ["goods", "trace", id],
    queryFn: ({ signal }) => data(api.GET("/v1/trace/{id}", { params: { path: { id } }, signal })),
  });

export const contents = (id: string, at?: string) =>
  queryOptions({
    queryKey: ["goods", "contents", id, at ?? "now"],
    queryFn: ({ signal }) => data(api.GET("/v1/objects/{id}/contents", { params: { path: { id }, query: at === undefined ? {} : { at } }, signal })),
  });

type HandoverState = "open" | "accepted" | "refused" | "withdrawn" | "expired" | "partly_accepted";
export const handovers = (filter: { state?: string | undefined; member?: string | undefined; limit?: number }) =>
  infiniteQueryOptions({
    queryKey: ["handover", "list", filter],
    queryFn: ({ signal, pageParam }) =>
      data(
        api.GET("/v1/handovers", {
          params: { query: { ...definite(filter), ...(pageParam && { cursor: pageParam }) } as { state?: HandoverState } },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: keepPreviousData,
  });

/** How many open offers wait for this member's answer, of the newest hundred. */
export const offersTo = (member: string) =>
  queryOptions({
    queryKey: ["handover", "waiting", member],
    queryFn: async ({ signal }) => {
      const page = await data(api.GET("/v1/handovers", { params: { query: { state: "open", member, limit: 100 } }, signal }));
      return page.handovers.filter((offer) => offer.to === member).length;
    },
  });

export const handover = (id: string) =>
  queryOptions({
    queryKey: ["handover", "one", id],
    queryFn: ({ signal }) => data(api.GET("/v1/handovers/{id}", { params: { path: { id } }, signal })),
  });

export const cases = (filter: { state?: string | undefined; member?: string | undefined; limit?: number }) =>
  infiniteQueryOptions({
    queryKey: ["case", "list", filter],
    queryFn: ({ signal, pageParam }) =>
      data(api.GET("/v1/cases", { params: { query: { ...definite(filter), ...(pageParam && { cursor: pageParam }) } as object }, signal })),
    initialPageParam: "",
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: keepPreviousData,
  });

export const oneCase = (id: string) =>
  queryOptions({
    queryKey: ["case", "one", id],
    queryFn: ({ signal }) => data(api.GET("/v1/cases/{id}", { params: { path: { id } }, signal })),
  });

export const blocks = (from: number, limit: number) =>
  queryOptions({
    queryKey: ["blocks", from, limit],
    queryFn: ({ signal }) => data(api.GET("/v1/blocks", { params: { query: { from, limit } }, signal })),
    placeholderData: keepPreviousData,
  });

export const block = (height: number) =>
  queryOptions({
    queryKey: ["block", height],
    queryFn: ({ signal }) => data(api.GET("/v1/blocks/{height}", { params: { path: { height }, query: { limit: 500 } }, signal })),
    staleTime: Infinity,
  });

export const statement = (id: string) =>
  queryOptions({
    queryKey: ["statement", id],
    queryFn: ({ signal }) => data(api.GET("/v1/statements/{id}", { params: { path: { id } }, signal })),
  });

/** The newest events, as EPCIS tells them. */
export interface EpcisEvent {
  type: string;
  eventID?: string;
  eventTime: string;
  recordTime?: string;
  action?: string;
  bizStep?: string;
  disposition?: string;
  epcList?: string[];
  parentID?: string;
  childEPCs?: string[];
  quantityList?: { epcClass: string; quantity?: number; uom?: string }[];
  readPoint?: { id: string };
  bizLocation?: { id: string };
  bizTransactionList?: { type?: string; bizTransaction: string }[];
  [other: string]: unknown;
}
export const latestEvents = (perPage: number) =>
  queryOptions({
    queryKey: ["goods", "latest", perPage],
    queryFn: async ({ signal }) => {
      const answer = (await ask("/v1/epcis/events", { perPage: String(perPage), orderBy: "recordTime", orderDirection: "DESC" }, signal)) as {
        epcisBody: { queryResults: { resultsBody: { eventList: EpcisEvent[] } } };
      };
      return answer.epcisBody.queryResults.resultsBody.eventList;
    },
  });

/** The events that name a thing, in the order recorded. */
export const told = (id: string) =>
  queryOptions({
    queryKey: ["goods", "told", id],
    queryFn: async ({ signal }) => {
      const answer = (await ask("/v1/events", { epc: id, limit: "1000" }, signal)) as { epcisBody: { queryResults: { resultsBody: { eventList: EpcisEvent[] } } } };
      return answer.epcisBody.queryResults.resultsBody.eventList;
    },
  });

export const event = (id: string) =>
  queryOptions({
    queryKey: ["goods", "event", id],
    queryFn: ({ signal }) => ask(`/v1/epcis/events/${encodeURIComponent(id)}`, {}, signal),
  });

/** Every place that events ever told of, for a list to choose from. */
export const places = () =>
  queryOptions({
    queryKey: ["goods", "places"],
    queryFn: async ({ signal }) => {
      const lists = await Promise.all(
        ["bizLocations", "readPoints"].map(async (list) => ((await ask(`/v1/epcis/${list}`, { perPage: "500" }, signal)) as { member: string[] }).member),
      );
      return [...new Set(lists.flat())].sort();
    },
    staleTime: 10_000,
  });

/** Every place that events ever told of, with how much is there and in whose hands; now, or at a moment. */
export const stock = (at?: string) =>
  queryOptions({
    queryKey: at === undefined ? ["goods", "stock"] : ["past", "stock", at],
    queryFn: ({ signal }) => data(api.GET("/v1/stock", { params: { query: at === undefined ? {} : { at } }, signal })),
    // What was, changes only where somebody tells of it afterwards.
    staleTime: at === undefined ? 5_000 : PAST_MS,
  });

/** What is on its way. */
export const consignments = () => queryOptions({ queryKey: ["goods", "consignments"], queryFn: ({ signal }) => data(api.GET("/v1/consignments", { signal })), staleTime: 5_000 });

/** When each validator was last heard of. */
export const liveness = () =>
  queryOptions({ queryKey: ["liveness"], queryFn: ({ signal }) => data(api.GET("/v1/validators/liveness", { signal })), staleTime: 2_000, refetchInterval: 5_000 });

export const objectsAt = (place: string, at?: string) =>
  queryOptions({
    queryKey: ["goods", "at", place, at ?? "now"],
    queryFn: ({ signal }) =>
      data(api.GET("/v1/places/{id}/objects", { params: { path: { id: place }, query: { limit: 500, ...(at === undefined ? {} : { at }) } }, signal })),
  });

function definite<T extends object>(value: T): Partial<T> {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined && entry !== "")) as Partial<T>;
}
