/** Cases: what is missing or not as offered, until it is found out. */

import { Select, Textarea } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { type Case, cases, oneCase } from "../../api/queries";
import { number, quantity, t, word } from "../../i18n";
import { labelOf } from "../../lib/goods";
import { Act, Empty, Facts, Head, MemberName, Sheet, StatementLink, StateMark, Thing, Things, Time, Trouble, Waiting } from "../../ui/bits";
import { useMe, useMembers, useWhyNot } from "../../ui/hooks";
import { Submit } from "../../ui/submit";
import { type Column, DataTable } from "../../ui/table";
import { OFFICERS } from "./handovers";
import { effectWords } from "../../ui/words";

const route = getRouteApi("/inside/modules/$module/$");
const to = (rest: string) => ({ to: "/modules/$module/$", params: { module: "custody", _splat: rest } }) as const;

export function CaseList() {
  const { state, member } = route.useSearch();
  const navigate = useNavigate();
  const members = useMembers();
  const why = useWhyNot(OFFICERS);
  const query = useInfiniteQuery(cases({ state, member, limit: 200 }));
  const columns: Column<Case>[] = [
    { name: "case", title: t("custody.case"), cell: (row) => <Link {...to(`cases/${row.case}`)} style={{ fontWeight: 500 }}>{word("casekind", row.kind)}</Link>, value: (row) => row.case },
    { name: "state", title: t("network.status"), cell: (row) => <StateMark state={row.state} />, value: (row) => row.state },
    { name: "objects", title: t("goods.what"), cell: (row) => <Things ids={row.objects} />, value: (row) => row.objects },
    { name: "missing", title: t("cases.missing"), num: true, cell: (row) => number(row.missing), value: (row) => row.missing },
    { name: "member", title: t("cases.member"), cell: (row) => <MemberName id={row.member} />, value: (row) => row.member },
    { name: "due", title: t("overview.due"), cell: (row) => <Time at={row.due} relative={row.state === "open"} />, value: (row) => row.due },
    { name: "opened", title: t("cases.opened"), cell: (row) => <Time at={row.opened.event_time} />, value: (row) => row.opened.event_time },
  ];
  const set = (next: Record<string, string | undefined>) =>
    void navigate({ ...to("cases"), search: Object.fromEntries(Object.entries({ state, member, ...next }).filter((pair): pair is [string, string] => Boolean(pair[1]))), replace: true });
  return (
    <>
      <Head title={t("nav.cases")} about={t("cases.about")}>
        <Act why={why} onClick={() => void navigate(to("loss"))}>{t("custody.loss")}</Act>
      </Head>
      <Sheet>
        <div className="filters">
          <Select label={t("network.status")} clearable placeholder={t("custody.any")} data={["open", "escalated", "found", "written_off", "upheld", "unfounded"].map((value) => ({ value, label: word("state", value) }))} value={state ?? null} onChange={(value) => set({ state: value ?? undefined })} />
          <Select label={t("goods.member")} clearable searchable placeholder={t("custody.any")} data={[...members.values()].map((one) => ({ value: one.member, label: one.name }))} value={member ?? null} onChange={(value) => set({ member: value ?? undefined })} />
        </div>
        {query.error ? <Trouble error={query.error} /> : (
          <DataTable rows={query.data?.pages.flatMap((page) => page.cases)} columns={columns} id={(row) => row.case} file="cases" caption={t("nav.cases")} more={query.hasNextPage ? { go: () => void query.fetchNextPage(), busy: query.isFetchingNextPage } : undefined} empty={<Empty title={t("cases.none")}>{t("cases.none_more")}</Empty>} />
        )}
      </Sheet>
    </>
  );
}

export function OneCase({ rest }: { rest: string }) {
  const id = rest.split("/")[1] ?? "";
  const { data, error } = useQuery({ ...oneCase(id), retry: false });
  const me = useMe();
  const [sent, setSent] = useState(false);
  if (error) return <Trouble error={error} />;
  if (data === undefined) return <Waiting lines={8} />;
  const ours = me.member === undefined || data.member === me.member || data.other === me.member;
  return (
    <>
      <Head crumb={<Link {...to("cases")}>{t("nav.cases")}</Link>} title={data.missing > 0 ? t("overview.case", { kind: word("casekind", data.kind), n: data.missing }) : word("casekind", data.kind)} about={<StateMark state={data.state} />} />
      <div className="grid">
        <div className="w7 stack">
          <Sheet title={t("goods.what")}>
            <ul className="todo">
              {data.objects.map((object) => <li key={object} style={{ padding: "0.5rem 1rem" }}><Thing id={object} kind /></li>)}
              {data.portions.map((portion) => <li key={portion.class} style={{ padding: "0.5rem 1rem" }}>{quantity(portion.quantity)} <Thing id={portion.class} kind /></li>)}
            </ul>
          </Sheet>
          {(sent || ((data.state === "open" || data.state === "escalated") && ours)) && <Close one={data} onSent={() => setSent(true)} />}
        </div>
        <div className="w5">
          <Sheet title={t("custody.case")}>
            <div className="body">
              <Facts
                rows={[
                  [t("cases.member"), <MemberName key="m" id={data.member} />],
                  ...(data.other ? ([[t("cases.other"), <MemberName key="o" id={data.other} />]] as [string, React.ReactNode][]) : []),
                  [t("custody.circumstances"), data.circumstances ?? "–"],
                  [t("overview.due"), <Time key="d" at={data.due} />],
                  [t("cases.opened"), <span key="s"><Time at={data.opened.event_time} /> {data.opened.statement && <StatementLink id={data.opened.statement} />}</span>],
                  ...(data.account ? ([[t("cases.account"), data.account]] as [string, string][]) : []),
                  ...(data.handover ? ([[t("custody.handover"), <Link key="h" {...to(`handovers/${data.handover}`)}>{t("do.open")}</Link>]] as [string, React.ReactNode][]) : []),
                ]}
              />
            </div>
          </Sheet>
        </div>
      </div>
    </>
  );
}

const FINDINGS = { loss: ["found", "written_off"], other: ["upheld", "unfounded"] };

function Close({ one, onSent }: { one: Case; onSent: () => void }) {
  const why = useWhyNot(OFFICERS);
  const members = useMembers();
  const findings = one.kind === "loss" ? FINDINGS.loss : FINDINGS.other;
  const [finding, setFinding] = useState(findings[0] ?? "found");
  const [account, setAccount] = useState("");
  const name = (id: string | undefined) => members.get(id ?? "")?.name ?? id ?? "–";
  const missing = account.trim() === "" ? t("cases.account_missing") : undefined;
  return (
    <Sheet title={t("cases.close")}>
      <div className="body form">
        <Select label={t("cases.finding")} data={findings.map((value) => ({ value, label: word("finding", value) }))} value={finding} allowDeselect={false} onChange={(value) => setFinding(value ?? "found")} />
        <Textarea label={t("cases.account")} description={t("cases.account_more")} required maxLength={500} value={account} onChange={(event) => setAccount(event.currentTarget.value)} autosize minRows={2} />
        <Submit
          key={finding}
          may={finding === "written_off" ? "custody::write_off" : "custody::close_case"}
          irreversible={finding === "written_off" ? labelOf(one.objects[0] ?? one.portions[0]?.class ?? one.case) : undefined}
          onSent={onSent}
          why={why ?? missing}
          make={() => (missing ? undefined : { title: t("cases.title_close"), path: "/v1/modules/custody/actions/close_case", body: { case: one.case, finding, account: account.trim() } })}
          action={t("submit.check")}
          words={(effects) => effectWords(effects, name)}
        />
        <Link to="/modules/$module/$" params={{ module: "custody", _splat: "act/escalate_case" }} search={{ case: one.case }}>{t("cases.escalate")}</Link>
      </div>
    </Sheet>
  );
}
