/** Everything that this device handed in or still has to: what, when, and how it ended. */

import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { session } from "../api/queries";
import { t } from "../i18n";
import { type Entry, flush, remove, removeFinal, useOutbox } from "../lib/outbox";
import { Empty, Head, Sheet, StateMark, StatementLink, Time } from "../ui/bits";

export function OutboxPage() {
  const entries = useOutbox();
  const { data: mine } = useQuery(session());
  return (
    <>
      <Head title={t("outbox.title")} about={t("outbox.about")}>
        <Button variant="default" onClick={() => void flush()}>{t("outbox.now")}</Button>
        <Button variant="default" onClick={() => void removeFinal()} disabled={!entries.some((entry) => entry.finalMs)}>{t("outbox.clear")}</Button>
      </Head>
      <Sheet>
        {entries.length === 0 ? <Empty title={t("outbox.empty")}>{t("outbox.empty_more")}</Empty> : (
          <ul className="todo">
            {[...entries].reverse().map((entry) => (
              <li key={entry.id} style={{ padding: "0.75rem 1rem" }}>
                <OutboxEntry entry={entry} foreign={mine?.signer != null && entry.who !== mine.signer} />
              </li>
            ))}
          </ul>
        )}
      </Sheet>
    </>
  );
}

/** One submission and how it stands, in words. */
export function OutboxEntry({ entry, foreign = false }: { entry: Entry; foreign?: boolean }) {
  return (
    <div style={{ display: "grid", gap: "0.25rem" }}>
      <div style={{ display: "flex", gap: "1rem", justifyContent: "space-between", flexWrap: "wrap" }}>
        <strong style={{ fontWeight: 500 }}>{entry.title}</strong>
        <StateMark state={entry.state} prefix="outboxstate" />
      </div>
      <div className="small quiet" style={{ display: "flex", gap: "0.25rem 1rem", flexWrap: "wrap" }}>
        <span>{t("outbox.made")} <Time at={entry.createdMs} /></span>
        {entry.state === "accepted" && entry.height !== undefined && <span>{t("outbox.accepted", { height: entry.height, ms: (entry.finalMs ?? 0) - entry.createdMs })}</span>}
        {entry.statements.map((id) => <StatementLink key={id} id={id} />)}
        {entry.own && <span>{t("outbox.own", { key: entry.own.key })}</span>}
        {entry.state === "queued" && entry.signed && <span>{t("outbox.until")} <Time at={entry.signed.notAfterMs} /></span>}
        {entry.state === "queued" && <span>{t("outbox.queued", { n: entry.attempts })}</span>}
        {foreign && entry.state === "queued" && <span className="wait">{t("outbox.foreign")}</span>}
      </div>
      {entry.problem && (
        <p className="fail small" lang="en">
          {entry.problem.detail} ({entry.problem.code}). {entry.problem.remedy}
        </p>
      )}
      {(entry.state === "queued" || entry.finalMs !== undefined) && (
        <div>
          <Button size="compact-sm" variant="subtle" onClick={() => void remove(entry.id)}>
            {t(entry.state === "queued" ? "outbox.discard" : "outbox.forget")}
          </Button>
        </div>
      )}
    </div>
  );
}
