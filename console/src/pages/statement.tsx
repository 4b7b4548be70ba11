/** One statement's whole life, with its times: submitted, admitted, in a final block, in the log, proved. */

import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { ask, bytes, Refused } from "../api/client";
import { block, statement } from "../api/queries";
import { exact, number, t, word } from "../i18n";
import { useOutbox } from "../lib/outbox";
import { Facts, Head, MemberName, Sheet, StateMark, Trouble, Waiting } from "../ui/bits";
import { Proof } from "../ui/proof";

const route = getRouteApi("/inside/statements/$id");

export function StatementPage() {
  const { id } = route.useParams();
  const { data, error } = useQuery({ ...statement(id), refetchInterval: (query) => (query.state.data?.state === "waiting" ? 1_000 : false) });
  const { data: its } = useQuery({ ...block(data?.height ?? 0), enabled: data?.height != null });
  const { data: said } = useQuery({ queryKey: ["said", id], queryFn: () => decode(id), enabled: data?.height != null, staleTime: Infinity });
  const { data: stages } = useQuery({ queryKey: ["life", id, data?.state], queryFn: () => life(id), enabled: data !== undefined, retry: false });
  const first = stages?.[0]?.time_ms;
  const own = useOutbox().find((entry) => entry.statements.includes(id));
  if (error) return <Trouble error={error} />;
  if (data === undefined) return <Waiting lines={8} />;
  const row = its?.statements.find((one) => one.id === id);
  const final = data.state === "accepted" || data.state === "refused";
  return (
    <>
      <Head crumb={<Link to="/network" search={{ tab: "statement" }}>{t("network.statement")}</Link>} title={t("statement.title")} about={<span className="mono">{id}</span>} />
      <div className="grid">
        <div className="w7 stack">
          <Sheet title={t("statement.life")} tools={<StateMark state={data.state} />}>
            <ol className="line">
              {stages && stages.length > 0 ? stages.map((one) => <Step key={one.stage} name={word("stage", one.stage)} at={one.time_ms} tone="go" more={first === undefined || one.time_ms <= first ? null : t("statement.after", { ms: one.time_ms - first })} />) : (
              <>
              <Step name={t("statement.submit")} at={own?.createdMs} more={own ? t("statement.submit_here") : t("statement.submit_elsewhere")} tone={own ? "go" : "quiet"} />
              <Step name={t("statement.admit")} at={own?.sentMs} more={own?.sentMs ? t("statement.after", { ms: own.sentMs - own.createdMs }) : t("statement.admit_more")} tone={own?.sentMs ? "go" : "quiet"} />
              <Step
                name={t("statement.final")}
                at={data.time_ms}
                tone={data.state === "refused" ? "fail" : final ? "go" : "wait"}
                more={data.height == null ? t("statement.final_wait") : <Link to="/blocks/$height" params={{ height: String(data.height) }}>{t("pulse.block", { n: data.height })}</Link>}
              />
              <Step name={t("statement.logged")} at={data.time_ms} tone={data.log_index == null ? "wait" : "go"} more={data.log_index == null ? "–" : t("statement.leaf", { n: data.log_index })} />
              </>
              )}
              {own?.finalMs && <Step name={t("statement.heard")} at={own.finalMs} tone="go" more={t("statement.after", { ms: own.finalMs - own.createdMs })} />}
            </ol>
            {stages && stages.length > 0 && <p className="small quiet" style={{ padding: "0 1rem 0.75rem" }}>{t("statement.life_more")}</p>}
          </Sheet>
          {data.refusal && <div className="notice bad" lang="en"><h3 className="fail">{data.refusal.title} ({data.refusal.code})</h3><p>{data.refusal.detail}</p><p>{data.refusal.remedy}</p></div>}
          {data.height != null && <Sheet title={t("trace.proof")}><div className="body"><Proof id={id} /></div></Sheet>}
        </div>
        <div className="w5 stack">
          <Sheet title={t("statement.who")}>
            <div className="body">
              <Facts
                rows={[
                  [t("goods.member"), <MemberName key="m" id={row?.member} />],
                  [t("network.signer"), <span key="s" className="mono">{row?.signer ?? "–"}</span>],
                  [t("network.bytes"), row ? number(row.bytes) : "–"],
                  ...(said ? said.facts.map(([name, value]): [string, React.ReactNode] => [t(name), <span key={name} className="mono">{value}</span>]) : []),
                ]}
              />
            </div>
          </Sheet>
          {said && (
            <Sheet title={t("statement.says")}>
              <pre className="body mono" tabIndex={0} style={{ margin: 0, overflow: "auto", maxHeight: "26rem", fontSize: "0.8125rem", whiteSpace: "pre-wrap" }}>{said.actions}</pre>
            </Sheet>
          )}
        </div>
      </div>
    </>
  );
}

function Step({ name, at, more, tone }: { name: string; at: number | null | undefined; more: React.ReactNode; tone: string }) {
  return (
    <li data-tone={tone}>
      <div className="when">{at ? <span className="mono">{exact(at)}</span> : "–"}</div>
      <div className="rule" aria-hidden />
      <div className="said">
        <h3>{name}</h3>
        <div className="by">{more}</div>
      </div>
    </li>
  );
}

interface Stage {
  stage: string;
  time_ms: number;
}

/** The stages that this node saw it pass; none where the node is of an earlier version, or was started since. */
async function life(id: string): Promise<Stage[]> {
  try {
    return ((await ask(`/v1/statements/${id}/life`)) as { stages: Stage[] }).stages;
  } catch (error) {
    if (error instanceof Refused && error.problem.status === 404) return [];
    throw error;
  }
}

/** What was signed, read by the SDK from the signed bytes themselves. */
async function decode(id: string) {
  const [{ Statement }, signed] = await Promise.all([import("@convoy/client"), bytes(`/v1/statements/${id}/body`)]);
  const { content } = Statement.decode(signed);
  const printable = (_: string, value: unknown) => (typeof value === "bigint" ? value.toString() : value instanceof Uint8Array ? [...value].map((b) => b.toString(16).padStart(2, "0")).join("") : value instanceof Map ? Object.fromEntries(value) : value);
  const facts = [
    ["statement.lane", `${content.lane} / ${content.sequence}`],
    ["statement.not_after", exact(Number(content.notAfterMs))],
    ["statement.compartment", content.compartment],
    ["statement.assurance", word("assurance", content.assurance)],
  ] as const;
  return { facts, actions: JSON.stringify(content.actions, printable, 2) };
}
