/** One final block and its statements. */

import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { block } from "../api/queries";
import { exact, number, t } from "../i18n";
import { Empty, Facts, Head, MemberName, Sheet, StateMark, StatementLink, Trouble, Waiting } from "../ui/bits";
import { DataTable } from "../ui/table";

const route = getRouteApi("/inside/blocks/$height");

export function BlockPage() {
  const height = Number(route.useParams().height);
  const { data, error } = useQuery({ ...block(height), enabled: Number.isSafeInteger(height) });
  if (error) return <Trouble error={error} />;
  if (data === undefined) return <Waiting lines={8} />;
  return (
    <>
      <Head crumb={<Link to="/network" search={{ tab: "blocks" }}>{t("network.blocks")}</Link>} title={t("pulse.block", { n: height })}>
        {height > 1 && <Link to="/blocks/$height" params={{ height: String(height - 1) }}>← {number(height - 1)}</Link>}
        <Link to="/blocks/$height" params={{ height: String(height + 1) }}>{number(height + 1)} →</Link>
      </Head>
      <div className="stack">
        <Sheet>
          <div className="body">
            <Facts
              rows={[
                [t("network.time"), <span key="t" className="mono">{exact(data.block.time_ms)}</span>],
                [t("network.digest"), <span key="d" className="mono">{data.block.digest}</span>],
                [t("network.log_start"), number(data.block.log_start)],
                [t("network.bytes"), number(data.block.bytes)],
                [t("network.events"), number(data.block.events)],
              ]}
            />
          </div>
        </Sheet>
        <Sheet title={t("network.statements")}>
          <DataTable
            rows={data.statements}
            id={(row) => row.id}
            file={`block-${height}`}
            caption={t("network.statements")}
            empty={<Empty title={t("network.empty_block")}>{t("network.empty_block_more")}</Empty>}
            columns={[
              { name: "id", title: t("trace.statement_word"), cell: (row) => <StatementLink id={row.id}>{row.id.slice(0, 20)}…</StatementLink>, value: (row) => row.id },
              { name: "member", title: t("goods.member"), cell: (row) => <MemberName id={row.member} />, value: (row) => row.member },
              { name: "signer", title: t("network.signer"), cell: (row) => <span className="mono">{row.signer}</span>, value: (row) => row.signer },
              { name: "outcome", title: t("network.outcome"), cell: (row) => <StateMark state={row.outcome === 0 ? "accepted" : "refused"} />, value: (row) => row.outcome },
              { name: "leaf", title: t("network.leaf"), num: true, cell: (row) => number(row.log_index), value: (row) => row.log_index },
              { name: "bytes", title: t("network.bytes"), num: true, cell: (row) => number(row.bytes), value: (row) => row.bytes },
            ]}
          />
        </Sheet>
      </div>
    </>
  );
}
