/** One place: what is there now, or was at a moment. Without a place: every place that events told of. */

import { TextInput } from "@mantine/core";
import type { ReactNode } from "react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { objectsAt, type Placed, stock, type StockPlace } from "../api/queries";
import { fromField, number, quantity, t, time, toField, word } from "../i18n";
import { labelOf, shortOf } from "../lib/goods";
import { useBook } from "../lib/names";
import { Empty, Head, MemberName, Sheet, Thing, Time, Trouble, Waiting } from "../ui/bits";
import { type Column, DataTable } from "../ui/table";

const route = getRouteApi("/inside/places");

export const placedColumns = (): Column<Placed>[] => [
  { name: "object", title: t("goods.object"), cell: (row) => <Thing id={row.id} kind />, value: (row) => row.id },
  { name: "quantity", title: t("trace.quantity"), num: true, cell: (row) => (row.quantity ? quantity(row.quantity) : t("goods.one")), value: (row) => row.quantity },
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
  const { data, error } = useQuery(stock());
  const book = useBook();
  if (error) return <Trouble error={error} />;
  return (
    <>
      <Head title={t("places.title")} about={t("places.about")} />
      <Sheet>
        {data === undefined ? <Waiting /> : (
          <DataTable
            rows={data?.places}
            id={(row) => row.place}
            file="places"
            caption={t("places.title")}
            empty={<Empty title={t("overview.no_events")}>{t("overview.no_events_more")}</Empty>}
            columns={[
              { name: "place", title: t("goods.place"), cell: (row) => <Thing id={row.place} />, value: (row) => row.place },
              { name: "number", title: t("goods.number"), cell: (row) => <span className="mono">{shortOf(row.place)}</span>, value: (row) => shortOf(row.place) },
              { name: "things", title: t("stock.things"), num: true, cell: (row) => counted(row), value: (row) => row.objects + row.amounts },
              { name: "members", title: t("trace.custodian"), cell: (row) => <Holders of={row} />, value: (row) => row.members.map((one) => one.member).join(" ") },
              { name: "latest", title: t("stock.latest"), cell: (row) => <Time at={row.latest} />, value: (row) => row.latest },
              { name: "position", title: t("goods.position"), cell: (row) => position(row, book.get(row.place)), value: (row) => position(row, book.get(row.place)) },
            ]}
          />
        )}
      </Sheet>
    </>
  );
}

function counted(place: StockPlace): ReactNode {
  const n = place.objects + place.amounts;
  return n === 0 ? <span className="quiet">0</span> : place.more ? t("stock.more", { n }) : number(n);
}

function Holders({ of: place }: { of: StockPlace }) {
  if (place.members.length === 0) return <>–</>;
  return <>{place.members.map((one, index) => <span key={one.member}>{index > 0 && ", "}<MemberName id={one.member} /></span>)}</>;
}

/** Where it is: as events told it, else as the address book has it. */
function position(told: StockPlace, entry: { latitude?: number; longitude?: number } | undefined): string {
  const latitude = told.latitude ?? entry?.latitude;
  const longitude = told.longitude ?? entry?.longitude;
  if (latitude === undefined || longitude === undefined) return "–";
  const degrees = (value: number, positive: string, negative: string) => `${number(Math.abs(value), 2)}° ${value < 0 ? negative : positive}`;
  return `${degrees(Number(latitude), "N", "S")}, ${degrees(Number(longitude), "E", "W")}`;
}

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
          value={toField(at)}
          onChange={(event) => void navigate({ to: "/places", search: { id, at: fromField(event.currentTarget.value) }, replace: true })}
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
