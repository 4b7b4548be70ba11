/** Handovers of both sides: what waits for us, what we offered, all; and one of them with everything that can be done about it. */

import { Button, Checkbox, Select, Tabs, TextInput, Textarea } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { contents, type Content, type Handover, handover, handovers } from "../../api/queries";
import { quantity, t, word } from "../../i18n";
import { labelOf } from "../../lib/goods";
import { Act, Empty, Facts, Head, MemberName, Sheet, StatementLink, StateMark, Thing, Time, Trouble, Waiting } from "../../ui/bits";
import { useMe, useMembers, useWhyNot } from "../../ui/hooks";
import { Submit } from "../../ui/submit";
import { type Column, DataTable } from "../../ui/table";
import { Box, Inside } from "../../ui/tree";
import { effectWords } from "../../ui/words";

const route = getRouteApi("/inside/modules/$module/$");
export const OFFICERS = ["logistics-officer", "supplier-clerk"];
const STATES = ["open", "accepted", "partly_accepted", "refused", "withdrawn", "expired"];
const to = (rest: string) => ({ to: "/modules/$module/$", params: { module: "custody", _splat: rest } }) as const;

export function HandoverList() {
  const { tab = "in", state } = route.useSearch();
  const navigate = useNavigate();
  const me = useMe();
  const why = useWhyNot(OFFICERS);
  const mine = tab === "all" ? undefined : me.member;
  const query = useInfiniteQuery(handovers({ state: state ?? (tab === "in" ? "open" : undefined), member: mine, limit: 200 }));
  const rows = query.data?.pages.flatMap((page) => page.handovers).filter((row) => tab === "all" || (tab === "in" ? row.to === me.member : row.from === me.member) || me.member === undefined);
  const columns: Column<Handover>[] = [
    { name: "what", title: t("goods.what"), cell: (row) => <Link {...to(`handovers/${row.handover}`)} style={{ fontWeight: 500 }}>{row.objects.length === 0 ? t("goods.amounts", { n: row.portions.length }) : row.objects.length <= 2 ? row.objects.map(labelOf).join(", ") : t("goods.and_more", { first: labelOf(row.objects[0] ?? ""), n: row.objects.length - 1 })}</Link>, value: (row) => row.objects.join(" ") },
    { name: "from", title: t("custody.from"), cell: (row) => <MemberName id={row.from} />, value: (row) => row.from },
    { name: "to", title: t("custody.to"), cell: (row) => <MemberName id={row.to} />, value: (row) => row.to },
    { name: "conveys", title: t("custody.conveys"), cell: (row) => word("conveys", row.conveys), value: (row) => row.conveys },
    { name: "state", title: t("network.status"), cell: (row) => <StateMark state={row.state} />, value: (row) => row.state },
    { name: "terms", title: t("custody.terms"), cell: (row) => row.terms ?? "–", value: (row) => row.terms },
    { name: "offered", title: t("custody.offered"), cell: (row) => <Time at={row.offered.event_time} />, value: (row) => row.offered.event_time },
    { name: "until", title: t("custody.until"), cell: (row) => <Time at={row.expires} relative={row.state === "open"} />, value: (row) => row.expires },
  ];
  const set = (next: Record<string, string | undefined>) =>
    void navigate({ ...to("handovers"), search: Object.fromEntries(Object.entries({ tab, state, ...next }).filter((pair): pair is [string, string] => pair[1] !== undefined && pair[1] !== "in")), replace: true });
  return (
    <>
      <Head title={t("nav.handovers")} about={t("custody.about")}>
        <Act why={why} onClick={() => void navigate(to("offer"))}>{t("custody.offer")}</Act>
        <Link {...to("")} search={{ view: "plain" }}>{t("module.all")}</Link>
      </Head>
      <Sheet>
        <Tabs value={tab} onChange={(next) => set({ tab: next ?? "in", state: undefined })}>
          <Tabs.List>
            <Tabs.Tab value="in">{t("custody.tab_in")}</Tabs.Tab>
            <Tabs.Tab value="out">{t("custody.tab_out")}</Tabs.Tab>
            <Tabs.Tab value="all">{t("custody.tab_all")}</Tabs.Tab>
          </Tabs.List>
        </Tabs>
        <div className="filters">
          <Select label={t("network.status")} data={STATES.map((value) => ({ value, label: word("state", value) }))} value={state ?? (tab === "in" ? "open" : null)} clearable={tab !== "in"} placeholder={t("custody.any")} onChange={(value) => set({ state: value ?? undefined })} />
        </div>
        {query.error ? <Trouble error={query.error} /> : (
          <DataTable
            rows={rows}
            columns={columns}
            id={(row) => row.handover}
            file="handovers"
            caption={t("nav.handovers")}
            more={query.hasNextPage ? { go: () => void query.fetchNextPage(), busy: query.isFetchingNextPage } : undefined}
            empty={<Empty title={t(tab === "in" ? "custody.none_in" : "custody.none")} action={<Link {...to("offer")}>{t("custody.offer")}</Link>}>{t("custody.none_more")}</Empty>}
          />
        )}
      </Sheet>
    </>
  );
}

export function OneHandover({ rest }: { rest: string }) {
  const id = rest.split("/")[1] ?? "";
  const { data, error, refetch } = useQuery({ ...handover(id), retry: false });
  const me = useMe();
  const [sent, setSent] = useState<"in" | "out">();
  if (error) return <Trouble error={error} again={() => void refetch()} />;
  if (data === undefined) return <Waiting lines={8} />;
  // What was handed in here stays to be read when the feed has told meanwhile that the offer is no longer open.
  const incoming = sent === "in" || (sent === undefined && data.state === "open" && (me.member === undefined || data.to === me.member));
  const outgoing = sent === "out" || (sent === undefined && data.state === "open" && (me.member === undefined || data.from === me.member));
  return (
    <>
      <Head crumb={<Link {...to("handovers")}>{t("nav.handovers")}</Link>} title={data.objects.length > 0 ? data.objects.length === 1 ? labelOf(data.objects[0] ?? "") : t("goods.and_more", { first: labelOf(data.objects[0] ?? ""), n: data.objects.length - 1 }) : t("goods.amounts", { n: data.portions.length })} about={<StateMark state={data.state} />} />
      <div className="grid">
        <div className="w7 stack">
          {incoming && <Answer offer={data} onSent={() => setSent("in")} />}
          {outgoing && !incoming && <Withdraw offer={data} onSent={() => setSent("out")} />}
          <Sheet title={t("custody.goods")}>
            <div className="body stack">
              {data.objects.map((object) => <Goods key={object} id={object} />)}
              {data.portions.map((portion) => <p key={portion.class}>{quantity(portion.quantity)} <Thing id={portion.class} /></p>)}
            </div>
          </Sheet>
          {(data.discrepancies?.length ?? 0) > 0 && (
            <Sheet title={t("custody.discrepancies")}>
              <ul className="todo">
                {data.discrepancies?.map((one, index) => (
                  <li key={index} style={{ padding: "0.5rem 1rem" }}>
                    <strong style={{ fontWeight: 500 }}>{word("discrepancy", one.kind)}</strong> {one.object && <Thing id={one.object} />} {one.portion && quantity(one.portion.quantity)} {one.note && `· ${one.note}`}
                  </li>
                ))}
              </ul>
            </Sheet>
          )}
        </div>
        <div className="w5">
          <Sheet title={t("custody.handover")}>
            <div className="body">
              <Facts
                rows={[
                  [t("custody.from"), <MemberName key="f" id={data.from} />],
                  [t("custody.to"), <MemberName key="t" id={data.to} />],
                  [t("custody.conveys"), word("conveys", data.conveys)],
                  [t("custody.terms"), data.terms ?? "–"],
                  [t("goods.place"), data.place ? <Thing key="p" id={data.place} /> : "–"],
                  [t("custody.until"), <Time key="u" at={data.expires} />],
                  [t("custody.offered"), <span key="o"><Time at={data.offered.event_time} /> {data.offered.statement && <StatementLink id={data.offered.statement} />}</span>],
                  ...(data.ended ? ([[t("custody.ended"), <span key="e"><Time at={data.ended.event_time} /> {data.ended.statement && <StatementLink id={data.ended.statement} />}</span>]] as [string, React.ReactNode][]) : []),
                  ...(data.reason ? ([[t("custody.reason"), data.reason]] as [string, string][]) : []),
                  ...(data.case ? ([[t("custody.case"), <Link key="c" {...to(`cases/${data.case}`)}>{t("do.open")}</Link>]] as [string, React.ReactNode][]) : []),
                ]}
              />
              <p className="small quiet" style={{ marginTop: "0.75rem" }}>{t("custody.two_sided")}</p>
            </div>
          </Sheet>
        </div>
      </div>
    </>
  );
}

function Goods({ id }: { id: string }) {
  const { data } = useQuery(contents(id));
  return (
    <ul className="tree">
      <li>
        <Box id={id} />
        {data && <Inside contents={data.contents} />}
      </li>
    </ul>
  );
}

interface Difference {
  kind: string;
  object: string;
  note: string;
  taken: boolean;
}

/** The receiving side: as offered, or not quite, or not at all. */
function Answer({ offer, onSent }: { offer: Handover; onSent: () => void }) {
  const [mode, setMode] = useState<"accept" | "refuse">("accept");
  const [differences, setDifferences] = useState<Difference[]>([]);
  const [reason, setReason] = useState("");
  const why = useWhyNot(OFFICERS);
  const members = useMembers();
  const name = (id: string | undefined) => members.get(id ?? "")?.name ?? id ?? "–";
  const complete = mode === "accept" ? differences.every((one) => one.object.trim() !== "") : reason.trim() !== "";
  const make = () => {
    if (!complete) return undefined;
    const what = offer.objects[0] ? labelOf(offer.objects[0]) : "";
    if (mode === "refuse") return { title: t("custody.title_refuse", { what }), path: "/v1/modules/custody/actions/refuse_handover", body: { handover: offer.handover, reason: reason.trim() } };
    const discrepancies = differences.map((one) => ({ kind: one.kind, object: one.object.trim(), ...(one.note.trim() && { note: one.note.trim() }), ...((one.kind === "damaged" || one.kind === "wrong") && { taken: one.taken }) }));
    return { title: t("custody.title_accept", { what, from: name(offer.from) }), path: "/v1/modules/custody/actions/accept_handover", body: { handover: offer.handover, ...(discrepancies.length > 0 && { discrepancies }) } };
  };
  return (
    <Sheet title={t("custody.answer", { from: name(offer.from) })}>
      <div className="body stack">
        <div style={{ display: "flex", gap: "0.5rem", flexWrap: "wrap" }} role="group" aria-label={t("custody.answer", { from: name(offer.from) })}>
          <Button size="md" variant={mode === "accept" ? "filled" : "default"} aria-pressed={mode === "accept"} onClick={() => setMode("accept")}>{t("custody.accept")}</Button>
          <Button size="md" variant={mode === "refuse" ? "filled" : "default"} color="signal" aria-pressed={mode === "refuse"} onClick={() => setMode("refuse")}>{t("custody.refuse")}</Button>
        </div>
        {mode === "accept" ? <Differences offer={offer} list={differences} set={setDifferences} /> : (
          <Textarea label={t("custody.reason")} description={t("custody.reason_more")} required value={reason} maxLength={500} onChange={(event) => setReason(event.currentTarget.value)} autosize minRows={2} />
        )}
        <Submit key={mode} may={`custody::${mode}_handover`} onSent={onSent} make={make} why={why ?? (complete ? undefined : t("custody.complete"))} action={t("submit.check")} words={(effects) => effectWords(effects, name)} done={<Link {...to("handovers")}>{t("nav.handovers")}</Link>} />
      </div>
    </Sheet>
  );
}

function Differences({ offer, list, set }: { offer: Handover; list: Difference[]; set: (next: Difference[]) => void }) {
  const inside = useQuery({ ...contents(offer.objects[0] ?? ""), enabled: offer.objects.length > 0 });
  const known = [...new Set([...offer.objects, ...flat(inside.data?.contents ?? [])])];
  const change = (index: number, next: Partial<Difference>) => set(list.map((one, at) => (at === index ? { ...one, ...next } : one)));
  return (
    <div className="stack">
      <p className="quiet">{t("custody.as_offered")}</p>
      {list.map((one, index) => (
        <fieldset key={index} style={{ border: "1px solid var(--line)", borderRadius: 4, display: "grid", gap: "0.75rem", padding: "0.75rem" }}>
          <legend className="small quiet">{t("custody.difference", { n: index + 1 })}</legend>
          <div style={{ display: "grid", gap: "0.75rem", gridTemplateColumns: "repeat(auto-fit, minmax(11rem, 1fr))" }}>
            <Select label={t("custody.how")} data={["short", "over", "damaged", "wrong"].map((value) => ({ value, label: word("discrepancy", value) }))} value={one.kind} allowDeselect={false} onChange={(value) => change(index, { kind: value ?? "short" })} />
            <Select label={t("goods.object")} searchable data={known.map((id) => ({ value: id, label: labelOf(id) }))} value={known.includes(one.object) ? one.object : null} onChange={(value) => change(index, { object: value ?? "" })} />
          </div>
          {one.kind === "over" && <TextInput label={t("goods.identifier")} value={one.object} onChange={(event) => change(index, { object: event.currentTarget.value })} classNames={{ input: "mono" }} />}
          <TextInput label={t("custody.note")} value={one.note} maxLength={500} onChange={(event) => change(index, { note: event.currentTarget.value })} />
          {(one.kind === "damaged" || one.kind === "wrong") && <Checkbox label={t("custody.taken")} checked={one.taken} onChange={(event) => change(index, { taken: event.currentTarget.checked })} />}
          <div><Button size="compact-sm" variant="subtle" onClick={() => set(list.filter((_, at) => at !== index))}>{t("do.remove")}</Button></div>
        </fieldset>
      ))}
      <div><Button variant="default" onClick={() => set([...list, { kind: "short", object: "", note: "", taken: false }])}>{t("custody.add_difference")}</Button></div>
    </div>
  );
}

const flat = (list: readonly Content[]): string[] => list.flatMap((one) => (one.quantity ? [] : [one.id]).concat(flat(one.contents ?? [])));

function Withdraw({ offer, onSent }: { offer: Handover; onSent: () => void }) {
  const why = useWhyNot(OFFICERS);
  const members = useMembers();
  const name = (id: string | undefined) => members.get(id ?? "")?.name ?? id ?? "–";
  return (
    <Sheet title={t("custody.waiting_for", { to: name(offer.to) })}>
      <div className="body stack">
        <p className="quiet">{t("custody.withdraw_more")}</p>
        <Submit
          may="custody::withdraw_handover"
          onSent={onSent}
          make={() => ({ title: t("custody.title_withdraw", { what: labelOf(offer.objects[0] ?? "") }), path: "/v1/modules/custody/actions/withdraw_handover", body: { handover: offer.handover } })}
          why={why}
          action={t("custody.withdraw")}
          words={(effects) => effectWords(effects, name)}
        />
      </div>
    </Sheet>
  );
}
