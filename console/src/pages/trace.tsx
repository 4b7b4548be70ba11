/** One thing: where it is, who answers for it, all that happened to it, what it is in and what is in it, and the proof of each fact. */

import { Button, Tabs, TextInput, Textarea } from "@mantine/core";
import { IconArrowRight } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { Refused } from "../api/client";
import { contents, type HistoryEntry, identifier, type IdentifierView, trace, type Trace } from "../api/queries";
import { fromField, quantity, t, time, toField, word } from "../i18n";
import { isPlace, kindOf, labelOf, shortOf } from "../lib/goods";
import { nameOf } from "../lib/names";
import { csv, save } from "../lib/save";
import { Act, Empty, Facts, Head, MemberName, Sheet, StatementLink, Thing, Time, Trouble, Waiting } from "../ui/bits";
import { useMe, useMembers, useWhyNot } from "../ui/hooks";
import { Proof } from "../ui/proof";
import { Scanner } from "../ui/scan";
import { Containment } from "../ui/tree";
import { TabList } from "../ui/tabs";
import { Documents } from "./documents";

const route = getRouteApi("/inside/trace");
const EXAMPLES = ["urn:epc:id:sgtin:9521101.012001.NP26-0006", "(01)09521101120011(21)NP26-0006", "https://id.gs1.org/00/095211010000000122", "NPSU2044172"];

export function TracePage() {
  const { id } = route.useSearch();
  if (id === undefined) return <Ask />;
  return <Read key={id} text={id} />;
}

function Ask({ again = false }: { again?: boolean }) {
  const navigate = useNavigate();
  const [text, setText] = useState("");
  const [scanning, setScanning] = useState(false);
  const go = (found: string) => {
    if (found.trim() !== "") void navigate({ to: "/trace", search: { id: found.trim() } });
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    go(text);
  };
  return (
    <>
      {!again && <Head title={t("trace.ask")} about={t("trace.ask_more")} />}
      <Sheet>
        <form className="body form big" onSubmit={submit} style={{ padding: "1rem" }}>
          <TextInput size="lg" label={t("trace.field")} value={text} onChange={(event) => setText(event.currentTarget.value)} autoFocus spellCheck={false} autoComplete="off" />
          <div style={{ display: "flex", gap: "0.5rem", flexWrap: "wrap" }}>
            <Button type="submit" className="big" disabled={text.trim() === ""}>
              {t("nav.trace")}
            </Button>
            <Button className="big" variant="default" onClick={() => setScanning(true)}>
              {t("do.scan")}
            </Button>
          </div>
          <div className="small quiet">
            {t("trace.examples")}
            <ul style={{ margin: "0.25rem 0 0", paddingLeft: "1.1rem" }}>
              {EXAMPLES.map((example) => (
                <li key={example}>
                  <Link to="/trace" search={{ id: example }} className="mono">
                    {example}
                  </Link>
                </li>
              ))}
            </ul>
          </div>
        </form>
      </Sheet>
      <Scanner opened={scanning} close={() => setScanning(false)} take={(found) => { setScanning(false); go(found); }} />
    </>
  );
}

/** First what the text is; then what the ledger knows of it. */
function Read({ text }: { text: string }) {
  const isStatement = /^[0-9a-f]{64}$/.test(text);
  const { data, error } = useQuery({ ...identifier(text), enabled: !isStatement });
  if (isStatement) {
    return (
      <Empty title={t("trace.statement")} action={<StatementLink id={text}>{t("trace.statement_open")}</StatementLink>}>
        <span className="mono">{text}</span>
      </Empty>
    );
  }
  if (error) return <Nonsense text={text} error={error} />;
  if (data === undefined) return <Waiting lines={8} />;
  if (!data.epc) return <Named text={text} view={data} />;
  if (isPlace(data.epc)) {
    return (
      <Empty title={t("trace.place")} action={<Link to="/places" search={{ id: data.epc }}>{t("trace.place_open", { place: labelOf(data.epc) })}</Link>}>
        {t("trace.place_more")}
      </Empty>
    );
  }
  return <OneObject id={data.epc} view={data} text={text} />;
}

function Nonsense({ text, error }: { text: string; error: unknown }) {
  const problem = error instanceof Refused ? error.problem : undefined;
  if (problem === undefined || problem.status !== 400) return <Trouble error={error} />;
  return (
    <>
      <div className="stack">
        <Head title={t("trace.unread")} />
        <div className="notice bad" role="alert">
          <h3 className="fail">{t("trace.unread_what", { text })}</h3>
          <p lang="en">{problem.detail.replace(/^text: /, "")}</p>
          <p lang="en">
            <strong>{t("trouble.remedy")}</strong> {problem.remedy}
          </p>
        </div>
        <Ask again />
      </div>
    </>
  );
}

/** It is something that is known, but names no single thing, such as a stock number. */
function Named({ text, view }: { text: string; view: IdentifierView }) {
  return (
    <>
      <Head title={t("trace.named", { kind: view.code_name ?? view.read_as })} about={<span lang="en">{view.without_epc}</span>} />
      <Sheet title={t("trace.read_as")}>
        <div className="body">
          <Facts
            rows={[
              [t("trace.typed"), <span className="mono" key="1">{text}</span>],
              [t("trace.looks"), view.read_as],
              [view.code_name ?? t("trace.code"), view.code ?? "–"],
              [t("trace.expected"), t("trace.expected_more")],
            ]}
          />
        </div>
      </Sheet>
      <div style={{ height: "1rem" }} />
      <Ask again />
    </>
  );
}

function OneObject({ id, view, text }: { id: string; view: IdentifierView; text: string }) {
  const search = route.useSearch();
  const navigate = useNavigate();
  const { data, error, refetch } = useQuery(trace(id));
  const officer = useWhyNot(["logistics-officer", "supplier-clerk"]);
  const me = useMe();
  const members = useMembers();
  const tab = search.tab ?? "timeline";
  if (error) {
    if (error instanceof Refused && error.problem.status === 404) {
      return (
        <>
          <Head title={labelOf(id)} crumb={kindOf(id)} />
          <Sheet>
            <Empty title={t("trace.unknown")}>{t("trace.unknown_more")}</Empty>
            <div className="body" style={{ padding: "1rem" }}>
              <Forms view={view} text={text} />
            </div>
          </Sheet>
        </>
      );
    }
    return <Trouble error={error} again={() => void refetch()} />;
  }
  if (data === undefined) return <Waiting lines={10} />;
  const now = data.now;
  const held = me.member !== undefined && now && now.custodian !== me.member ? t("custody.not_held", { member: members.get(now.custodian)?.name ?? now.custodian }) : undefined;
  const packed = now && now.packed_in.length > 0 ? t("custody.packed", { parent: labelOf(now.packed_in[0] ?? "") }) : undefined;
  return (
    <>
      <Head
        crumb={
          <>
            {kindOf(id)} · <span className="mono">{data.urn ?? id}</span>
          </>
        }
        title={nameOf(id) ?? shortOf(id)}
      >
        <Act why={officer ?? packed ?? held} onClick={() => void navigate({ to: "/modules/$module/$", params: { module: "custody", _splat: "offer" }, search: { objects: id } })}>
          {t("custody.offer")}
        </Act>
        <Act why={officer ?? held} variant="default" onClick={() => void navigate({ to: "/modules/$module/$", params: { module: "custody", _splat: "loss" }, search: { objects: id } })}>
          {t("custody.loss")}
        </Act>
        <Button variant="default" onClick={() => void navigate({ to: "/map", search: { view: id } })}>
          {t("nav.map")}
        </Button>
        <Button variant="default" onClick={() => void navigate({ to: "/labels", search: { ids: id } })}>
          {t("trace.label")}
        </Button>
      </Head>
      {now && <NowTiles now={now} />}
      {data.amounts && data.amounts.length > 0 && <Amounts amounts={data.amounts} />}
      {now?.hold && (
        <div className="notice" style={{ marginTop: "1rem" }}>
          <strong>{t("trace.hold")}</strong> {word("hold", now.hold.reason)}
        </div>
      )}
      <Tabs value={tab} onChange={(next) => void navigate({ to: "/trace", search: { ...search, tab: next === "timeline" || next === null ? undefined : next }, replace: true })} mt="md" keepMounted={false}>
        <TabList chosen={tab}>
          <Tabs.Tab value="timeline">{t("trace.timeline")} ({data.history.length})</Tabs.Tab>
          <Tabs.Tab value="packing">{t("trace.packing")}</Tabs.Tab>
          <Tabs.Tab value="documents">{t("trace.documents")}</Tabs.Tab>
          <Tabs.Tab value="proofs">{t("trace.proofs")}</Tabs.Tab>
          <Tabs.Tab value="forms">{t("trace.forms")}</Tabs.Tab>
        </TabList>
        <Tabs.Panel value="timeline" pt="md">
          <Timeline data={data} />
        </Tabs.Panel>
        <Tabs.Panel value="packing" pt="md">
          <Packing id={id} chain={now ? [...now.packed_in].reverse() : []} />
        </Tabs.Panel>
        <Tabs.Panel value="documents" pt="md">
          <Documents data={data} />
        </Tabs.Panel>
        <Tabs.Panel value="proofs" pt="md">
          <Proofs data={data} />
        </Tabs.Panel>
        <Tabs.Panel value="forms" pt="md">
          <Sheet>
            <div className="body">
              <Forms view={view} text={text} />
            </div>
          </Sheet>
        </Tabs.Panel>
      </Tabs>
    </>
  );
}

function NowTiles({ now }: { now: NonNullable<Trace["now"]> }) {
  return (
    <div className="tiles">
      <div>
        <b className="text">{now.place ? <Thing id={now.place} /> : "–"}</b>
        <span>{t("trace.where")}</span>
      </div>
      <div>
        <b className="text">
          <MemberName id={now.custodian} />
        </b>
        <span>{t("trace.custodian")}</span>
      </div>
      <div>
        <b className="text">
          <MemberName id={now.owner} />
        </b>
        <span>{t("trace.owner")}</span>
      </div>
      <div>
        <b className={`text ${now.life === "missing" ? "fail" : ""}`}>
          {word("life", now.life)}
          {now.disposition && now.life === "active" && <span style={{ fontSize: "0.9375rem" }}>, {word("condition", now.disposition)}</span>}
        </b>
        <span>{t("trace.condition")}</span>
      </div>
      <div>
        <b className="text">{now.packed_in[0] ? <Thing id={now.packed_in[0]} /> : t("trace.loose")}</b>
        <span>{t("trace.packed_in")}</span>
      </div>
    </div>
  );
}

function Amounts({ amounts }: { amounts: NonNullable<Trace["amounts"]> }) {
  return (
    <Sheet title={t("trace.amounts")} className="amounts">
      <div className="scroll">
        <table className="table cards">
          <thead>
            <tr>
              <th className="num">{t("trace.quantity")}</th>
              <th>{t("trace.where")}</th>
              <th>{t("trace.owner")}</th>
              <th>{t("trace.packed_in")}</th>
            </tr>
          </thead>
          <tbody>
            {amounts.map((one, index) => {
              const row = one as { quantity?: string; place?: string | null; owner?: string | null; container?: string | null; custodian?: string | null };
              return (
                <tr key={index}>
                  <td className="num" data-label={t("trace.quantity")}>{quantity(row.quantity)}</td>
                  <td data-label={t("trace.where")}>{row.place ? <Thing id={row.place} /> : "–"}</td>
                  <td data-label={t("trace.owner")}><MemberName id={row.owner ?? row.custodian} /></td>
                  <td data-label={t("trace.packed_in")}>{row.container ? <Thing id={row.container} /> : t("trace.loose")}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </Sheet>
  );
}

/** What happened, in words. */
export function told(entry: HistoryEntry): string {
  if (entry.what === "captured") {
    const step = word("step", entry.biz_step ?? entry.event_type);
    return entry.parent ? t(entry.action === "DELETE" ? "trace.out_of" : "trace.into", { step, parent: labelOf(entry.parent) }) : step;
  }
  return word("what", entry.what);
}

/** Whether it was declared wrong. The declaration itself tells the standing of what it is about, and stands. */
const isVoid = (entry: HistoryEntry) => entry.standing === "void" && entry.what === "captured";

function tone(entry: HistoryEntry): string {
  if (isVoid(entry) || /loss|discrep|missing/.test(entry.what)) return "fail";
  if (/offered|case/.test(entry.what)) return "wait";
  return entry.what === "captured" ? "go" : "quiet";
}

function Timeline({ data }: { data: Trace }) {
  const [open, setOpen] = useState<string>();
  const navigate = useNavigate();
  const officer = useWhyNot(["logistics-officer", "supplier-clerk", "scanner"]);
  const rows = data.history;
  const exported = () =>
    csv(
      ["event_time", "recorded_time", "what", "place", "custodian", "owner", "condition", "told_by", "standing", "statement", "event_id"],
      rows.map((entry) => [entry.event_time, entry.recorded_time, told(entry), entry.place ?? entry.read_point, entry.custodian, entry.owner, entry.disposition, entry.member, entry.standing, entry.statement, entry.event_id]),
    );
  return (
    <Sheet
      title={t("trace.timeline")}
      tools={
        <span className="no-print">
          <Button size="compact-sm" variant="subtle" onClick={() => save(`${shortOf(data.object)}.csv`, exported(), "text/csv")}>CSV</Button>
          <Button size="compact-sm" variant="subtle" onClick={() => save(`${shortOf(data.object)}.json`, JSON.stringify(data, null, 2), "application/json")}>JSON</Button>
        </span>
      }
    >
      <ol className="line">
        {[...rows].reverse().map((entry) => {
          const key = `${entry.height}.${entry.index}`;
          return (
            <li key={key} data-tone={tone(entry)}>
              <div className="when">
                <b>
                  <Time at={entry.event_time} />
                </b>
                {t("trace.recorded", { time: time(entry.recorded_time) })}
              </div>
              <div className="rule" aria-hidden />
              <div className={`said ${isVoid(entry) ? "void" : ""}`}>
                <h3>{told(entry)}</h3>
                {isVoid(entry) && (
                  <div className="fail small">
                    {t("trace.wrong")} {entry.corrected_by && <Time at={(entry.corrected_by as { event_time?: string }).event_time} />}
                  </div>
                )}
                <div className="by">
                  {(entry.place ?? entry.read_point) && <Thing id={entry.place ?? entry.read_point ?? ""} />}
                  {entry.disposition && <span>{word("condition", entry.disposition)}</span>}
                  {entry.via && <span>{t("trace.inside", { parent: labelOf(entry.via) })}</span>}
                  {entry.from && entry.to && (
                    <span className="leg">
                      <MemberName id={entry.from} /> <IconArrowRight size={14} aria-label={t("late.next")} /> <MemberName id={entry.to} />
                    </span>
                  )}
                  {entry.custodian && (
                    <span>
                      {t("trace.held_by")} <MemberName id={entry.custodian} />
                    </span>
                  )}
                  {entry.member && (
                    <span>
                      {t("trace.told_by")} <MemberName id={entry.member} />
                    </span>
                  )}
                  {entry.note && <span>“{entry.note}”</span>}
                  {entry.handover && (
                    <Link to="/modules/$module/$" params={{ module: "custody", _splat: `handovers/${entry.handover}` }}>{t("custody.handover")}</Link>
                  )}
                  {entry.case && <Link to="/modules/$module/$" params={{ module: "custody", _splat: `cases/${entry.case}` }}>{t("custody.case")}</Link>}
                </div>
                {entry.statement && (
                  <div className="deeds no-print">
                    <Button size="compact-sm" variant="subtle" aria-expanded={open === key} onClick={() => setOpen(open === key ? undefined : key)}>
                      {t("trace.proof")}
                    </Button>
                    <Button size="compact-sm" variant="subtle" onClick={() => void navigate({ to: "/statements/$id", params: { id: entry.statement ?? "" } })}>
                      {t("trace.statement_word")}
                    </Button>
                    {entry.event_id && entry.standing === "stands" && (
                      <Act size="compact-sm" variant="subtle" why={officer} onClick={() => void navigate({ to: "/modules/$module/$", params: { module: "custody", _splat: "correct" }, search: { event: entry.event_id ?? "" } })}>
                        {t("custody.correct")}
                      </Act>
                    )}
                  </div>
                )}
                {open === key && entry.statement && <div className="whole-row"><Proof id={entry.statement} /></div>}
              </div>
            </li>
          );
        })}
      </ol>
      {data.truncated && <div className="tools">{t("trace.truncated")}</div>}
    </Sheet>
  );
}

function Packing({ id, chain }: { id: string; chain: string[] }) {
  const { at } = route.useSearch();
  const navigate = useNavigate();
  const { data, error } = useQuery(contents(id, at));
  return (
    <Sheet
      title={t("trace.packing")}
      tools={
        <TextInput
          type="datetime-local"
          size="xs"
          aria-label={t("trace.at")}
          value={toField(at)}
          onChange={(event) => void navigate({ to: "/trace", search: { id, tab: "packing", at: fromField(event.currentTarget.value) }, replace: true })}
        />
      }
    >
      <div className="body stack">
        <p className="small quiet">{at ? t("trace.packing_at", { time: time(at) }) : t("trace.packing_now")}</p>
        {error ? <Trouble error={error} /> : data === undefined ? <Waiting /> : (
          <>
            <Containment chain={at ? [] : chain} id={id} contents={data.contents} />
            {data.contents.length === 0 && <p className="quiet">{t("trace.packing_empty")}</p>}
            {data.truncated && <p className="wait">{t("trace.truncated")}</p>}
          </>
        )}
      </div>
    </Sheet>
  );
}

function Proofs({ data }: { data: Trace }) {
  const ids = [...new Map(data.history.flatMap((entry) => (entry.statement ? [[entry.statement, entry] as const] : []))).entries()].reverse();
  const [open, setOpen] = useState(ids[0]?.[0]);
  return (
    <div className="stack">
      <p className="quiet">{t("proof.about")}</p>
      {ids.map(([id, entry]) => (
        <Sheet key={id}>
          <div className="body">
            <div style={{ display: "flex", gap: "1rem", justifyContent: "space-between", flexWrap: "wrap", marginBottom: open === id ? "0.75rem" : 0 }}>
              <span>
                <strong style={{ fontWeight: 500 }}>{told(entry)}</strong> <span className="quiet small"><Time at={entry.event_time} /> · <MemberName id={entry.member} /></span>
              </span>
              {open !== id && <Button size="compact-sm" variant="default" onClick={() => setOpen(id)}>{t("trace.proof")}</Button>}
            </div>
            {open === id && <Proof id={id} />}
          </div>
        </Sheet>
      ))}
    </div>
  );
}

function Forms({ view, text }: { view: IdentifierView; text: string }) {
  const filled = Object.entries(view.data).filter((entry): entry is [string, string] => typeof entry[1] === "string" && entry[1] !== "");
  return (
    <Facts
      rows={[
        [t("trace.typed"), <span className="mono" key="t">{text}</span>],
        [t("trace.looks"), view.read_as],
        ...view.forms.map((form): [string, React.ReactNode] => [
          word("form", form.name.replaceAll(" ", "_")),
          "text" in form && form.text ? (
            form.name.includes("data matrix") ? <Textarea readOnly autosize value={visible(form.text)} aria-label={word("form", form.name.replaceAll(" ", "_"))} classNames={{ input: "mono" }} /> : <span className="mono">{form.text}</span>
          ) : (
            <span className="quiet small" lang="en">{(form as { refused?: string }).refused}</span>
          ),
        ]),
        ...filled.map(([name, value]): [string, string] => [name.replaceAll("_", " "), value]),
      ]}
    />
  );
}

/** Control characters as their names: ISO/IEC 15434 is full of them. */
const visible = (text: string) => text.replaceAll("\u001d", "␝").replaceAll("\u001e", "␞").replaceAll("\u0004", "␄");
