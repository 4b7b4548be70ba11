/** The lists behind the overview's counts: consignments that are late, and conditions out of range. */

import { TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { t, word } from "../../i18n";
import { Empty, Head, MemberName, Sheet, Thing, Time, Trouble } from "../../ui/bits";
import { DataTable } from "../../ui/table";
import { breaches, late, LATE_DAYS } from "./watch";

const route = getRouteApi("/inside/modules/$module/$");

export function LateList() {
  const search = route.useSearch();
  const navigate = useNavigate();
  const asked = Number(search.days ?? LATE_DAYS);
  const days = Number.isFinite(asked) && asked >= 0 && asked <= 365 ? asked : LATE_DAYS;
  const { data, error } = useQuery(late(days));
  return (
    <>
      <Head title={t("late.title")} about={t("late.about")} />
      <Sheet>
        <div className="filters">
          <TextInput label={t("late.days")} inputMode="numeric" key={days} defaultValue={String(days)} onBlur={(event) => void navigate({ to: "/modules/$module/$", params: { module: "custody", _splat: "late" }, search: { days: event.currentTarget.value }, replace: true })} />
        </div>
        {error ? <Trouble error={error} /> : (
          <DataTable
            rows={data}
            id={(row) => row.object}
            file="late"
            caption={t("late.title")}
            empty={<Empty title={t("late.none")}>{t("late.none_more")}</Empty>}
            columns={[
              { name: "object", title: t("goods.what"), cell: (row) => <Thing id={row.object} kind />, value: (row) => row.object },
              { name: "since", title: t("late.since"), cell: (row) => <Time at={row.since} relative />, value: (row) => row.since },
              { name: "step", title: t("goods.step"), cell: (row) => word("step", row.step), value: (row) => row.step },
              { name: "place", title: t("late.from"), cell: (row) => (row.place ? <Thing id={row.place} /> : "–"), value: (row) => row.place },
              { name: "custodian", title: t("trace.custodian"), cell: (row) => <MemberName id={row.custodian} />, value: (row) => row.custodian },
              { name: "owner", title: t("trace.owner"), cell: (row) => <MemberName id={row.owner} />, value: (row) => row.owner },
            ]}
          />
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
              { name: "value", title: t("breach.value"), num: true, cell: (row) => row.value, value: (row) => row.value },
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
