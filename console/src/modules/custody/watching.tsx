/** The lists behind the overview's counts: consignments that are late, and conditions out of range. */

import { TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { number, quantity, t, word } from "../../i18n";
import { consignments } from "../../api/queries";
import { daysOnTheWay } from "../../lib/way";
import { Empty, Head, MemberName, Sheet, Thing, Time, Trouble } from "../../ui/bits";
import { Figure } from "../../ui/figure";
import { type Column, DataTable } from "../../ui/table";
import { breaches, type Late, late, LATE_DAYS } from "./watch";

const route = getRouteApi("/inside/modules/$module/$");
/** Days drawn one by one; the last bar is for all that are longer under way. */
const DAYS_DRAWN = 14;

export const wayColumns = (): Column<Late>[] => [
  { name: "object", title: t("goods.what"), cell: (row) => <Thing id={row.id} kind />, value: (row) => row.id },
  { name: "set_off", title: t("late.since"), cell: (row) => <Time at={row.set_off} relative />, value: (row) => row.set_off },
  { name: "from", title: t("late.from"), cell: (row) => (row.from ? <Thing id={row.from} /> : "–"), value: (row) => row.from },
  { name: "last_place", title: t("late.last"), cell: (row) => (row.last_place ? <Thing id={row.last_place} /> : "–"), value: (row) => row.last_place },
  { name: "next_place", title: t("late.next"), cell: (row) => <Next of={row} />, value: (row) => row.next_place ?? row.next_member },
  { name: "step", title: t("goods.step"), cell: (row) => word("step", row.biz_step), value: (row) => row.biz_step },
  { name: "custodian", title: t("trace.custodian"), cell: (row) => <MemberName id={row.custodian} />, value: (row) => row.custodian },
  { name: "owner", title: t("trace.owner"), cell: (row) => <MemberName id={row.owner} />, value: (row) => row.owner },
];

/** Where it goes next, as far as somebody said it. */
export function Next({ of: one }: { of: Late }) {
  if (one.next_place) return <Thing id={one.next_place} />;
  return one.next_member ? <MemberName id={one.next_member} /> : <>–</>;
}

function ByDays({ list, days }: { list: readonly Late[]; days: number }) {
  const most = Math.max(days, ...list.map(daysOnTheWay));
  const drawn = Math.min(most, DAYS_DRAWN);
  const labels = Array.from({ length: drawn + 1 }, (_, day) => (day === drawn && most > drawn ? `${number(day)}+` : number(day)));
  const counts = (within: (day: number) => boolean) => labels.map((_, day) => (within(day) ? list.filter((one) => Math.min(daysOnTheWay(one), drawn) === day).length : 0));
  return (
    <div className="body">
      <Figure
        title={t("late.chart")}
        along={t("late.days_along")}
        labels={labels}
        stacked
        height={150}
        series={[
          { name: t("late.in_time"), values: counts((day) => day < days), tone: "go" },
          { name: t("late.title"), values: counts((day) => day >= days), tone: "fail" },
        ]}
      />
    </div>
  );
}

export function LateList() {
  const search = route.useSearch();
  const navigate = useNavigate();
  const asked = Number(search.days ?? LATE_DAYS);
  const days = Number.isFinite(asked) && asked >= 0 && asked <= 365 ? asked : LATE_DAYS;
  const { data, error } = useQuery(late(days));
  const { data: all } = useQuery(consignments());
  return (
    <>
      <Head title={t(days === 0 ? "way.title" : "late.title")} about={t(days === 0 ? "way.none_more" : "late.about")} />
      <Sheet>
        <div className="filters">
          <TextInput label={t("late.days")} inputMode="numeric" key={days} defaultValue={String(days)} onBlur={(event) => void navigate({ to: "/modules/$module/$", params: { module: "custody", _splat: "late" }, search: { days: event.currentTarget.value }, replace: true })} />
        </div>
        {all && all.consignments.length > 0 && <ByDays list={all.consignments} days={days} />}
        {all?.truncated && <p className="tools">{t("late.truncated")}</p>}
        {error ? <Trouble error={error} /> : (
          <DataTable rows={data} id={(row) => row.id} file="late" caption={t("late.title")} empty={days === 0 ? <Empty title={t("way.none")}>{t("way.none_more")}</Empty> : <Empty title={t("late.none")}>{t("late.none_more")}</Empty>} columns={wayColumns()} />
        )}
      </Sheet>
    </>
  );
}

export function BreachList() {
  const { data, error } = useQuery(breaches());
  return (
    <>
      <Head title={t("breach.title")} about={t("breach.about")} />
      <Sheet>
        {error ? <Trouble error={error} /> : (
          <DataTable
            rows={data}
            id={(row) => `${row.object} ${row.time} ${row.type}`}
            file="condition-breaches"
            caption={t("breach.title")}
            empty={<Empty title={t("breach.none")}>{t("breach.none_more")}</Empty>}
            columns={[
              { name: "object", title: t("goods.what"), cell: (row) => <Thing id={row.object} kind />, value: (row) => row.object },
              { name: "type", title: t("breach.type"), cell: (row) => <span lang="en">{row.type}</span>, value: (row) => row.type },
              { name: "value", title: t("breach.value"), num: true, cell: (row) => quantity(row.value), value: (row) => row.value },
              { name: "exception", title: t("breach.exception"), cell: (row) => word("exception", row.exception), value: (row) => row.exception },
              { name: "time", title: t("goods.happened"), cell: (row) => <Time at={row.time} />, value: (row) => row.time },
              { name: "place", title: t("goods.place"), cell: (row) => (row.place ? <Thing id={row.place} /> : "–"), value: (row) => row.place },
              { name: "custodian", title: t("trace.custodian"), cell: (row) => <MemberName id={row.custodian} />, value: (row) => row.custodian },
              { name: "inspected", title: t("breach.inspected"), cell: (row) => t(row.inspected ? "word.yes" : "word.no"), value: (row) => row.inspected },
            ]}
          />
        )}
      </Sheet>
    </>
  );
}
