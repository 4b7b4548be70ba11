/** The network: who takes part, who validates, its blocks and statements, its rules. */

import { Button, FileButton, Tabs, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { ask } from "../api/client";
import { type Block, blocks, type Liveness, liveness, type Member, members, network, trust } from "../api/queries";
import { usePulse } from "../app/live";
import { ago, exact, number, t, word } from "../i18n";
import { standing, TONE } from "../lib/liveness";
import { save } from "../lib/save";
import { Empty, Head, MemberName, Sheet, StateMark, Time, Trouble } from "../ui/bits";
import { lastScanned } from "../lib/scanned";
import { Proof } from "../ui/proof";
import { PulseFigure } from "../ui/pulse";
import { type Column, DataTable } from "../ui/table";
import { TabList } from "../ui/tabs";

const route = getRouteApi("/inside/network");
const PAGE = 50;

export function NetworkPage() {
  const { tab = "members" } = route.useSearch();
  const navigate = useNavigate();
  const { data: net, error } = useQuery({ ...network(), refetchInterval: 10_000 });
  const pulse = usePulse();
  const { data: trusted } = useQuery(trust());
  if (error) return <Trouble error={error} />;
  return (
    <>
      <Head title={t("network.title")} about={net ? <span className="mono">{net.network}</span> : "…"}>
        <Button variant="default" disabled={trusted === undefined} onClick={() => save("trust.json", JSON.stringify(trusted, null, 2), "application/json")}>
          {t("network.trust")}
        </Button>
      </Head>
      <div className="tiles">
        <div>
          <b>{number(pulse.height ?? net?.height ?? 0)}</b>
          <span>{t("overview.last_block")}</span>
        </div>
        <div>
          <b>{number(net?.log_size ?? 0)}</b>
          <span>{t("network.leaves")}</span>
        </div>
        <div>
          <b>{net?.validators.length ?? "…"}</b>
          <span>{t("overview.validators")}</span>
        </div>
        <div>
          <b className="text">{net ? `${net.protocol_version} · ${net.software}` : "…"}</b>
          <span>{t("network.version")}</span>
        </div>
      </div>
      <Tabs value={tab} onChange={(next) => void navigate({ to: "/network", search: { tab: next ?? "members" }, replace: true })} mt="md" keepMounted={false}>
        <TabList chosen={tab}>
          <Tabs.Tab value="members">{t("network.members")}</Tabs.Tab>
          <Tabs.Tab value="blocks">{t("network.blocks")}</Tabs.Tab>
          <Tabs.Tab value="statement">{t("network.statement")}</Tabs.Tab>
          <Tabs.Tab value="rules">{t("network.rules")}</Tabs.Tab>
          <Tabs.Tab value="limits">{t("network.limits")}</Tabs.Tab>
        </TabList>
        <Tabs.Panel value="members" pt="md">
          <div className="stack">
            <div className="grid">
              <div className="w7"><Validators /></div>
              <div className="w5"><Sheet title={t("overview.pulse")}><div className="body"><PulseFigure /></div></Sheet></div>
            </div>
            <Members validators={net?.validators ?? []} />
          </div>
        </Tabs.Panel>
        <Tabs.Panel value="blocks" pt="md"><Blocks height={net?.height} /></Tabs.Panel>
        <Tabs.Panel value="statement" pt="md"><FindStatement /></Tabs.Panel>
        <Tabs.Panel value="rules" pt="md"><Rules /></Tabs.Panel>
        <Tabs.Panel value="limits" pt="md"><Limits /></Tabs.Panel>
      </Tabs>
    </>
  );
}

/** When each validator was last heard of, by this node. */
function Validators() {
  const { data, error } = useQuery(liveness());
  const block = (sighting: Liveness["signed"]) => (sighting ? <Link to="/blocks/$height" params={{ height: String(sighting.height) }}>{number(sighting.height)}</Link> : "–");
  const columns: Column<Liveness>[] = [
    { name: "member", title: t("goods.member"), cell: (row) => <MemberName id={row.member} />, value: (row) => row.member },
    { name: "standing", title: t("network.status"), cell: (row) => data && <span className={`state ${TONE[standing(row, data)]}`}>{word("live", standing(row, data))}</span>, value: (row) => data && standing(row, data) },
    { name: "proposed", title: t("live.proposed"), num: true, cell: (row) => block(row.proposed), value: (row) => row.proposed?.height },
    { name: "signed", title: t("live.signed"), num: true, cell: (row) => block(row.signed), value: (row) => row.signed?.height },
    { name: "seen", title: t("live.seen"), num: true, cell: (row) => (row.signed && data ? <span title={exact(row.signed.seen_ms)}>{ago(row.signed.seen_ms, data.now_ms)}</span> : "–"), value: (row) => (row.signed ? exact(row.signed.seen_ms) : undefined) },
  ];
  return (
    <Sheet title={t("live.title")}>
      {error ? <Trouble error={error} /> : <DataTable rows={data?.validators} columns={columns} id={(row) => row.member} file="validators" caption={t("live.title")} empty={<Empty title="–" />} />}
    </Sheet>
  );
}

function Members({ validators }: { validators: readonly string[] }) {
  const { data } = useQuery(members());
  const columns: Column<Member>[] = [
    { name: "member", title: t("goods.member"), cell: (row) => <MemberName id={row.member} />, value: (row) => row.member },
    { name: "kind", title: t("network.kind"), cell: (row) => word("memberkind", row.kind), value: (row) => row.kind },
    { name: "status", title: t("network.status"), cell: (row) => <StateMark state={row.status} />, value: (row) => row.status },
    { name: "validator", title: t("network.validates"), cell: (row) => (validators.includes(row.member) ? <StateMark state="active" prefix="validator" /> : <span className="quiet">–</span>), value: (row) => validators.includes(row.member) },
    { name: "signers", title: t("network.signers"), num: true, cell: (row) => number(row.signers), value: (row) => row.signers },
    { name: "enrolled", title: t("network.enrolled"), cell: (row) => <Time at={row.enrolled_ms} />, value: (row) => row.enrolled_ms },
  ];
  return (
    <Sheet title={t("network.members")}>
      <DataTable rows={data?.members} columns={columns} id={(row) => row.member} file="members" caption={t("network.members")} empty={<Empty title="–" />} />
    </Sheet>
  );
}

function Blocks({ height }: { height: number | undefined }) {
  const { from: asked } = route.useSearch();
  const navigate = useNavigate();
  const pulse = usePulse();
  const tip = pulse.height ?? height;
  const from = asked ?? Math.max(1, (tip ?? PAGE) - PAGE + 1);
  const { data, error } = useQuery({ ...blocks(from, PAGE), enabled: tip !== undefined });
  const go = (next: number | undefined) => void navigate({ to: "/network", search: { tab: "blocks", ...(next !== undefined && { from: next }) }, replace: true });
  const columns: Column<Block>[] = [
    { name: "height", title: t("network.height"), num: true, cell: (row) => <Link to="/blocks/$height" params={{ height: String(row.height) }}>{number(row.height)}</Link>, value: (row) => row.height },
    { name: "time", title: t("network.time"), cell: (row) => <span className="mono">{exact(row.time_ms)}</span>, value: (row) => exact(row.time_ms) },
    { name: "statements", title: t("network.statements"), num: true, cell: (row) => (row.statements === 0 ? <span className="quiet">0</span> : number(row.statements)), value: (row) => row.statements },
    { name: "accepted", title: t("network.accepted"), num: true, cell: (row) => (row.accepted < row.statements ? <span className="fail">{number(row.accepted)}</span> : number(row.accepted)), value: (row) => row.accepted },
    { name: "events", title: t("network.events"), num: true, cell: (row) => number(row.events), value: (row) => row.events },
    { name: "bytes", title: t("network.bytes"), num: true, cell: (row) => number(row.bytes), value: (row) => row.bytes },
    { name: "digest", title: t("network.digest"), cell: (row) => <span className="mono" title={row.digest}>{row.digest.slice(0, 16)}…</span>, value: (row) => row.digest },
  ];
  return (
    <Sheet>
      {error ? <Trouble error={error} /> : (
        <DataTable
          rows={data ? [...data.blocks].reverse() : undefined}
          columns={columns}
          id={(row) => String(row.height)}
          file="blocks"
          caption={t("network.blocks")}
          empty={<Empty title={t("network.no_blocks")} />}
          tools={
            <>
              <Button size="compact-sm" variant="default" disabled={from <= 1} onClick={() => go(Math.max(1, from - PAGE))}>{t("network.older")}</Button>
              <Button size="compact-sm" variant="default" disabled={asked === undefined} onClick={() => go(tip !== undefined && from + PAGE >= tip - PAGE ? undefined : from + PAGE)}>{t("network.newer")}</Button>
            </>
          }
        />
      )}
    </Sheet>
  );
}

function FindStatement() {
  const navigate = useNavigate();
  return (
    <div className="stack">
      <Sheet>
      <form
        className="body form"
        onSubmit={(event) => {
          event.preventDefault();
          const id = String(new FormData(event.currentTarget).get("id") ?? "").trim().toLowerCase();
          if (/^[0-9a-f]{64}$/.test(id)) void navigate({ to: "/statements/$id", params: { id } });
        }}
      >
        <TextInput name="id" label={t("network.statement_id")} description={t("network.statement_id_more")} className="mono" pattern="\s*[0-9a-fA-F]{64}\s*" required />
        <div><Button type="submit">{t("do.open")}</Button></div>
      </form>
      </Sheet>
      <CheckFile />
    </div>
  );
}

/** A proof that somebody brought as a file: no statement has to be known here for that. */
function CheckFile() {
  const [file, setFile] = useState<{ name: string; bytes: Uint8Array } | undefined>(() => {
    const bytes = lastScanned();
    return bytes && { name: t("proof.scanned"), bytes };
  });
  const [blank, setBlank] = useState(false);
  const choose = async (chosen: File | null) => {
    if (chosen === null) return;
    const bytes = chosen.type.startsWith("image/") ? await (await import("../lib/codes")).receiptIn(chosen) : new Uint8Array(await chosen.arrayBuffer());
    setBlank(bytes === undefined);
    setFile(bytes && { name: chosen.name, bytes });
  };
  return (
    <Sheet title={t("proof.file")}>
      <div className="body stack">
        <p className="quiet">{t("proof.file_more")}</p>
        <div>
          <FileButton onChange={(chosen) => void choose(chosen)}>
            {(props) => <Button variant="default" {...props}>{file?.name ?? t("proof.file_choose")}</Button>}
          </FileButton>
        </div>
        {blank && <p className="fail" role="alert">{t("proof.blank")}</p>}
        {file && <Proof key={file.name} id="" given={file.bytes} />}
      </div>
    </Sheet>
  );
}

interface Rule { code: number; name: string; retryable: boolean; remedy: string; status: number }
function Rules() {
  const { data, error } = useQuery({ queryKey: ["refusals"], queryFn: async () => ((await ask("/v1/refusals")) as { refusals: Rule[] }).refusals, staleTime: Infinity });
  const columns: Column<Rule>[] = [
    { name: "code", title: t("network.code"), num: true, cell: (row) => row.code, value: (row) => row.code },
    { name: "name", title: t("network.rule"), cell: (row) => <span lang="en">{row.name}</span>, value: (row) => row.name },
    { name: "remedy", title: t("trouble.remedy").replace(/\s*:$/, ""), cell: (row) => <span lang="en">{row.remedy}</span>, value: (row) => row.remedy },
    { name: "retryable", title: t("network.retry"), cell: (row) => (row.retryable ? t("word.yes") : t("word.no")), value: (row) => row.retryable },
  ];
  return <Sheet>{error ? <Trouble error={error} /> : <DataTable rows={data} columns={columns} id={(row) => String(row.code)} file="refusals" caption={t("network.rules")} empty={<Empty title="–" />} />}</Sheet>;
}

interface Limit { name: string; max: number; unit: string }
function Limits() {
  const { data, error } = useQuery({ queryKey: ["limits"], queryFn: async () => ((await ask("/v1/limits")) as { limits: Limit[] }).limits, staleTime: Infinity });
  const columns: Column<Limit>[] = [
    { name: "name", title: t("network.limit"), cell: (row) => <span lang="en">{row.name.replaceAll("_", " ")}</span>, value: (row) => row.name },
    { name: "max", title: t("network.most"), num: true, cell: (row) => number(row.max), value: (row) => row.max },
    { name: "unit", title: t("network.unit"), cell: (row) => <span lang="en">{row.unit}</span>, value: (row) => row.unit },
  ];
  return <Sheet>{error ? <Trouble error={error} /> : <DataTable rows={data} columns={columns} id={(row) => row.name} file="limits" caption={t("network.limits")} empty={<Empty title="–" />} />}</Sheet>;
}
