/** Words in what was said: documents, terms, reasons, master data. */

import { Button, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { api, data as unwrap } from "../api/client";
import { t, word } from "../i18n";
import { Empty, Head, MemberName, Sheet, StatementLink, Thing, Things, Time, Trouble } from "../ui/bits";
import { DataTable } from "../ui/table";

const route = getRouteApi("/inside/search");

export function SearchPage() {
  const { q } = route.useSearch();
  const navigate = useNavigate();
  const { data, error } = useQuery({
    queryKey: ["goods", "search", q],
    queryFn: ({ signal }) => unwrap(api.GET("/v1/search", { params: { query: { q: q ?? "", limit: 200 } }, signal })),
    enabled: q !== undefined,
    retry: false,
  });
  return (
    <>
      <Head title={t("search.title")} about={t("search.about")} />
      <Sheet>
        <form
          className="filters"
          role="search"
          onSubmit={(event) => {
            event.preventDefault();
            const words = String(new FormData(event.currentTarget).get("q") ?? "").trim();
            if (words !== "") void navigate({ to: "/search", search: { q: words } });
          }}
        >
          <TextInput name="q" key={q} defaultValue={q} label={t("search.words")} style={{ flex: "1 1 16rem" }} />
          <Button type="submit">{t("search.go")}</Button>
        </form>
        {error ? <Trouble error={error} /> : q === undefined ? <Empty title={t("search.start")}>{t("search.start_more")}</Empty> : (
          <DataTable
            rows={data?.hits}
            id={(row) => row.kind + row.id}
            file="search"
            caption={t("search.title")}
            empty={<Empty title={t("search.none")}>{t("search.none_more")}</Empty>}
            columns={[
              { name: "kind", title: t("search.kind"), cell: (row) => <Hit kind={row.kind} id={row.id} step={row.biz_step} />, value: (row) => row.kind },
              { name: "objects", title: t("goods.object"), cell: (row) => <Things ids={row.objects ?? []} most={2} />, value: (row) => row.objects },
              { name: "place", title: t("goods.place"), cell: (row) => (row.place ? <Thing id={row.place} /> : "–"), value: (row) => row.place },
              { name: "time", title: t("goods.happened"), cell: (row) => <Time at={row.event_time} />, value: (row) => row.event_time },
              { name: "member", title: t("goods.member"), cell: (row) => <MemberName id={row.member} />, value: (row) => row.member },
              { name: "statement", title: t("trace.statement_word"), cell: (row) => (row.statement ? <StatementLink id={row.statement} /> : "–"), value: (row) => row.statement },
            ]}
          />
        )}
      </Sheet>
    </>
  );
}

function Hit({ kind, id, step }: { kind: string; id: string; step: string | null | undefined }) {
  if (kind === "handover") return <Link to="/modules/$module/$" params={{ module: "custody", _splat: `handovers/${id}` }}>{t("custody.handover")}</Link>;
  if (kind === "case") return <Link to="/modules/$module/$" params={{ module: "custody", _splat: `cases/${id}` }}>{t("custody.case")}</Link>;
  return <>{word("step", step ?? kind)}</>;
}
