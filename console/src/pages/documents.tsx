/** The papers that events of a thing name: orders, despatch advices, certificates. Of what it was packed in, those of events that it shared. */

import { useQueries } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type Trace, told } from "../api/queries";
import { number, t, word } from "../i18n";
import { Empty, Sheet, Thing, Time, Trouble } from "../ui/bits";
import { type Column, DataTable } from "../ui/table";

/** So many things are asked for their events: the thing itself and what it was packed in. */
const ASKED_MAX = 12;

interface Named {
  id: string;
  type: string;
  entries: number;
  time: string;
  place: string | undefined;
  step: string | undefined;
}

export function Documents({ data }: { data: Trace }) {
  const shared = new Set(data.history.map((entry) => entry.event_id));
  const things = [...new Set([data.object, ...data.history.flatMap((entry) => (entry.via ? [entry.via] : []))])].slice(0, ASKED_MAX);
  const found = useQueries({ queries: things.map((id) => told(id)) });
  const failed = found.find((one) => one.error);
  if (failed) return <Trouble error={failed.error} />;
  const named = new Map<string, Named>();
  const events = new Map(found.flatMap((one) => one.data ?? []).filter((event) => shared.has(event.eventID)).map((event) => [event.eventID, event]));
  for (const event of [...events.values()].sort((a, b) => a.eventTime.localeCompare(b.eventTime))) {
    for (const document of event.bizTransactionList ?? []) {
      const known = named.get(document.bizTransaction);
      if (known) known.entries += 1;
      else named.set(document.bizTransaction, { id: document.bizTransaction, type: document.type ?? "", entries: 1, time: event.eventTime, place: (event.readPoint ?? event.bizLocation)?.id, step: event.bizStep });
    }
  }
  const columns: Column<Named>[] = [
    { name: "number", title: t("goods.number"), cell: (row) => <Link to="/search" search={{ q: row.id.replace(/^.*[:/]/, "") }} title={row.id}>{row.id.replace(/^.*[:/]/, "")}</Link>, value: (row) => row.id },
    { name: "type", title: t("trace.document_kind"), cell: (row) => word("doc", row.type.replace(/^.*[:/-]/, "")), value: (row) => row.type },
    { name: "entries", title: t("trace.document_entries"), num: true, cell: (row) => number(row.entries), value: (row) => row.entries },
    { name: "first", title: t("trace.document_first"), cell: (row) => <Time at={row.time} />, value: (row) => row.time },
    { name: "step", title: t("goods.step"), cell: (row) => word("step", row.step), value: (row) => row.step },
    { name: "place", title: t("goods.place"), cell: (row) => (row.place ? <Thing id={row.place} /> : "–"), value: (row) => row.place },
  ];
  return (
    <div className="stack">
      <p className="quiet">{t("trace.documents_about")}</p>
      <Sheet>
        <DataTable rows={found.some((one) => one.isPending) ? undefined : [...named.values()]} columns={columns} id={(row) => row.id} file="documents" caption={t("trace.documents")} empty={<Empty title={t("trace.documents_none")}>{t("trace.documents_none_more")}</Empty>} />
      </Sheet>
    </div>
  );
}
