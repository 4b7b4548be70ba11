/** EPCIS 2.0 events from what an officer chose. Steps and conditions are CBV 2.0's; places and objects are the identifiers that the node read. */

export const DEEDS = ["receiving", "storing", "inspecting", "shipping", "departing", "arriving", "packing", "unpacking"] as const;
export type Deed = (typeof DEEDS)[number];

/** The condition that a step leaves things in (CBV 2.0 section 7.2.2). */
const CONDITION: Partial<Record<Deed, string>> = {
  receiving: "in_progress",
  storing: "available",
  shipping: "in_transit",
  departing: "in_transit",
  arriving: "in_progress",
  packing: "in_progress",
  unpacking: "in_progress",
};
const CONTEXT = ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"];
/** Things on the way have a point where they were seen, and no place. */
const ON_THE_WAY = new Set<Deed>(["shipping", "departing"]);

interface Made {
  deed: Deed;
  ids: readonly string[];
  place: string;
  when: Date;
  parent?: string | undefined;
}

const isLot = (id: string) => /\/10\/|:lgtin:/.test(id);

export function buildEvent({ deed, ids, place, when, parent }: Made): Record<string, unknown> {
  const shared = {
    "@context": CONTEXT,
    eventTime: when.toISOString(),
    eventTimeZoneOffset: offset(when),
    bizStep: deed,
    ...(CONDITION[deed] && { disposition: CONDITION[deed] }),
    readPoint: { id: place },
    ...(!ON_THE_WAY.has(deed) && { bizLocation: { id: place } }),
  };
  const objects = ids.filter((id) => !isLot(id));
  const lots = ids.filter(isLot).map((epcClass) => ({ epcClass }));
  if (parent !== undefined) {
    return { ...shared, type: "AggregationEvent", action: deed === "unpacking" ? "DELETE" : "ADD", parentID: parent, ...(objects.length > 0 && { childEPCs: objects }), ...(lots.length > 0 && { childQuantityList: lots }) };
  }
  return { ...shared, type: "ObjectEvent", action: "OBSERVE", ...(objects.length > 0 && { epcList: objects }), ...(lots.length > 0 && { quantityList: lots }) };
}

/** This device's distance from UTC at that time, as EPCIS writes it: `+02:00`. */
export function offset(when: Date): string {
  const minutes = -when.getTimezoneOffset();
  const two = (value: number) => String(Math.floor(value)).padStart(2, "0");
  return `${minutes < 0 ? "-" : "+"}${two(Math.abs(minutes) / 60)}:${two(Math.abs(minutes) % 60)}`;
}

/** The declaration that an event is wrong: the event again, with why (EPCIS 2.0 section 7.4.1.4). */
export function declareWrong(event: Record<string, unknown>, reason: string, when: Date, corrective: readonly string[]): Record<string, unknown> {
  const { recordTime: _recorded, errorDeclaration: _declared, ...same } = event;
  const own = same["@context"];
  const context = [...CONTEXT, ...(Array.isArray(own) ? own.filter((one) => !CONTEXT.includes(one as string)) : [])];
  return {
    ...same,
    "@context": context,
    errorDeclaration: { declarationTime: when.toISOString(), reason, ...(corrective.length > 0 && { correctiveEventIDs: corrective }) },
  };
}
