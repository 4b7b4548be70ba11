/**
 * What needs somebody though nobody asked: consignments that are late, and conditions out of range.
 *
 * Late: it is on its way, and set off longer ago than it may take. EPCIS has no time of expected arrival, so how long it may take is a
 * number of days. Out of range: a sensor report that its device marks as an exception (EPCIS 2.0 section 7.3.7,
 * `ALARM_CONDITION` or `ERROR_CONDITION`), until somebody inspects the thing.
 *
 * Limits: alarms of the newest {@link EVENTS} such events; each thing is then traced, so corrections and what was packed since are counted.
 */

import { queryOptions } from "@tanstack/react-query";
import { api, ask, data, Refused } from "../../api/client";
import { type Consignment, consignments, type EpcisEvent, type Trace } from "../../api/queries";

/** How long a consignment may be on its way where nobody says otherwise, days. */
export const LATE_DAYS = 3;
const DAY_MS = 24 * 3_600_000;
const EVENTS = 60;
const TRACES_AT_ONCE = 6;
/** Alarms are told this long, days. */
const ALARM_DAYS = 30;
/** Old news is looked at again after this time; nothing of it changes by the second. */
const AGAIN_MS = 60_000;

export type Late = Consignment;

export interface Breach {
  object: string;
  custodian: string | undefined;
  owner: string | undefined;
  time: string;
  place: string | undefined;
  /** Such as `Temperature`. */
  type: string;
  value: string;
  exception: string;
  inspected: boolean;
}

interface Report {
  type?: string;
  value?: number;
  uom?: string;
  exception?: string;
  time?: string;
}

async function events(query: Record<string, string>): Promise<EpcisEvent[]> {
  const answer = (await ask("/v1/epcis/events", { perPage: String(EVENTS), orderBy: "eventTime", orderDirection: "DESC", ...query })) as {
    epcisBody: { queryResults: { resultsBody: { eventList: EpcisEvent[] } } };
  };
  return answer.epcisBody.queryResults.resultsBody.eventList;
}

/** What the ledger knows of each, some at a time so that the node has room for others. */
async function traces(ids: readonly string[]): Promise<Map<string, Trace>> {
  const found = new Map<string, Trace>();
  for (let start = 0; start < ids.length; start += TRACES_AT_ONCE) {
    await Promise.all(
      ids.slice(start, start + TRACES_AT_ONCE).map(async (id) => {
        try {
          found.set(id, await data(api.GET("/v1/trace/{id}", { params: { path: { id } } })));
        } catch (error) {
          // Taken back since.
          if (!(error instanceof Refused && error.problem.status === 404)) throw error;
        }
      }),
    );
  }
  return found;
}

/** What travels by itself: a container stands for what is in it. */
const outermost = (event: EpcisEvent): string[] => (event.parentID === undefined ? (event.epcList ?? []) : [event.parentID]);

/** Consignments that set off more than `days` ago, longest first. */
export const late = (days: number) =>
  queryOptions({
    ...consignments(),
    select: (found): Late[] => {
      const before = Date.now() - days * DAY_MS;
      return found.consignments.filter((one) => Date.parse(one.set_off) < before);
    },
  });

/** Reports of sensors that are out of range, newest first. */
export const breaches = () =>
  queryOptions({
    queryKey: ["watch", "breaches"],
    queryFn: async (): Promise<Breach[]> => {
      const told = await events({ EQ_exception: "ALARM_CONDITION|ERROR_CONDITION", GE_eventTime: new Date(Date.now() - ALARM_DAYS * DAY_MS).toISOString() });
      const known = await traces([...new Set(told.flatMap(outermost))].slice(0, EVENTS));
      return told.flatMap((event) => {
        const reports = ((event.sensorElementList as { sensorReport?: Report[] }[] | undefined) ?? []).flatMap((element) => element.sensorReport ?? []);
        return outermost(event).flatMap((object) => {
          const trace = known.get(object) ?? [...known.values()].find((one) => one.urn === object);
          if (trace === undefined) return [];
          const inspected = trace.history.some((entry) => entry.biz_step === "inspecting" && (entry.event_time ?? "") > event.eventTime);
          return reports.filter((report) => report.exception !== undefined).map((report): Breach => ({
            object: trace.object,
            custodian: trace.now?.custodian,
            owner: trace.now?.owner,
            time: report.time ?? event.eventTime,
            place: (event.bizLocation ?? event.readPoint)?.id,
            type: (report.type ?? "").replace(/^.*[:/]/, ""),
            value: report.value === undefined ? "–" : `${report.value} ${report.uom ?? ""}`.trim(),
            exception: (report.exception ?? "").replace(/^.*[:/]/, ""),
            inspected,
          }));
        });
      });
    },
    staleTime: AGAIN_MS,
    refetchInterval: AGAIN_MS,
  });
