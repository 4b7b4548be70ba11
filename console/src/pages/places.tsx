/** One place: what is there now, or was at a moment. Without a place: every place that events told of. */

import { TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { objectsAt, type Placed, places } from "../api/queries";
import { t, time, word } from "../i18n";
import { labelOf, shortOf } from "../lib/goods";
import { useBook } from "../lib/names";
import { Empty, Head, MemberName, Sheet, Thing, Time, Trouble, Waiting } from "../ui/bits";
import { type Column, DataTable } from "../ui/table";

const route = getRouteApi("/inside/places");

export const placedColumns = (): Column<Placed>[] => [
  { name: "object", title: t("goods.object"), cell: (row) => <Thing id={row.id} kind />, value: (row) => row.id },
  { name: "quantity", title: t("trace.quantity"), num: true, cell: (row) => row.quantity ?? t("goods.one"), value: (row) => row.quantity },
  { name: "custodian", title: t("trace.custodian"), cell: (row) => <MemberName id={row.custodian} />, value: (row) => row.custodian },
  { name: "owner", title: t("trace.owner"), cell: (row) => <MemberName id={row.owner} />, value: (row) => row.owner },
  { name: "condition", title: t("trace.condition"), cell: (row) => word("condition", row.disposition), value: (row) => row.disposition },
  { name: "step", title: t("goods.step"), cell: (row) => word("step", row.biz_step), value: (row) => row.biz_step },
  { name: "since", title: t("goods.since"), cell: (row) => <Time at={row.since} />, value: (row) => row.since },
];

export function PlacePage() {
  const { id } = route.useSearch();
  return id === undefined ? <All /> : <One id={id} />;
}

function All() {
  const { data, error } = useQuery(places());
  const book = useBook();
  if (error) return <Trouble error={error} />;
  return (
    <>
      <Head title={t("places.title")} about={t("places.about")} />
      <Sheet>
        {data === undefined ? <Waiting /> : (
          <DataTable
            rows={data}
            id={(row) => row}
            file="places"
            caption={t("places.title")}
            empty={<Empty title={t("overview.no_events")}>{t("overview.no_events_more")}</Empty>}
            columns={[
              { name: "place", title: t("goods.place"), cell: (row) => <Thing id={row} />, value: (row) => row },
              { name: "number", title: t("goods.number"), cell: (row) => <span className="mono">{shortOf(row)}</span>, value: shortOf },
              { name: "position", title: t("goods.position"), cell: (row) => position(book.get(row)), value: (row) => position(book.get(row)) },
            ]}
          />
        )}
      </Sheet>
    </>
  );
}

const position = (entry: { latitude?: number; longitude?: number } | undefined) =>
  entry?.latitude === undefined || entry.longitude === undefined ? "–" : `${entry.latitude.toFixed(2)}° N, ${entry.longitude.toFixed(2)}° E`;

function One({ id }: { id: string }) {
  const { at } = route.useSearch();
  const navigate = useNavigate();
  const { data, error } = useQuery(objectsAt(id, at));
  return (
    <>
      <Head crumb={<><Link to="/places">{t("places.title")}</Link> · <span className="mono">{id}</span></>} title={labelOf(id)} about={at ? t("places.at", { time: time(at) }) : t("places.now")}>
        <TextInput
          type="datetime-local"
          aria-label={t("trace.at")}
          value={at?.slice(0, 16) ?? ""}
          onChange={(event) => void navigate({ to: "/places", search: { id, at: event.currentTarget.value === "" ? undefined : `${event.currentTarget.value}:00Z` }, replace: true })}
        />
      </Head>
      <Sheet>
        {error ? <Trouble error={error} /> : (
          <DataTable rows={data?.objects} id={(row) => row.id + (row.holder ?? "") + (row.quantity ?? "")} file={`place-${shortOf(id)}`} caption={labelOf(id)} columns={placedColumns()} empty={<Empty title={t("places.nothing")}>{t("places.nothing_more")}</Empty>} />
        )}
      </Sheet>
    </>
  );
}
