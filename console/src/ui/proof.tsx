/**
 * The proof of one statement, checked in this browser.
 *
 * Flow: the transparent statement (with members' receipts) and the trust file come from the node → the SDK's verifier, the same code as
 * offline → each check with its words. The verifier asks nobody. The trust file comes from the very node that is to be checked, which is said:
 * who has one from elsewhere drops it in.
 */

import { Button, FileButton, Group, Skeleton } from "@mantine/core";
import { IconDownload, IconShieldCheck, IconX } from "@tabler/icons-react";
import type { Report } from "@convoy/client/verify";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { bytes } from "../api/client";
import { trust as trustQuery } from "../api/queries";
import { exact, number, t } from "../i18n";
import { save } from "../lib/save";
import { Said, Trouble } from "./bits";

type Outcome =
  | { state: "proved"; report: Report; trustFrom: string; tookMs: number }
  | { state: "failed"; check: string; reason: string; trustFrom: string }
  | { state: "trouble"; error: unknown };

interface Own {
  name: string;
  text: string;
}

export function Proof({ id, given }: { id: string; given?: Uint8Array }) {
  const queries = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [outcome, setOutcome] = useState<Outcome>();
  const [own, setOwn] = useState<Own>();

  const fetchProof = () => (given === undefined ? bytes(`/v1/statements/${id}/transparent`, { wait_ms: "10000" }) : Promise.resolve(given));
  const verify = async () => {
    setBusy(true);
    try {
      setOutcome(await check(await fetchProof(), own ?? { name: location.host, text: JSON.stringify(await queries.fetchQuery(trustQuery())) }));
    } catch (error) {
      setOutcome({ state: "trouble", error });
    } finally {
      setBusy(false);
    }
  };
  const download = async (path: string, name: string) => {
    try {
      save(name, await bytes(path, { wait_ms: "10000" }), "application/cose");
    } catch (error) {
      setOutcome({ state: "trouble", error });
    }
  };
  return (
    <div>
      <Group gap="xs">
        <Button leftSection={<IconShieldCheck size={18} aria-hidden />} onClick={() => void verify()} loading={busy}>
          {t("proof.verify")}
        </Button>
        {given === undefined && (
          <>
            <Button variant="default" leftSection={<IconDownload size={18} aria-hidden />} onClick={() => void download(`/v1/statements/${id}/transparent`, `${id.slice(0, 12)}.cose`)}>
              {t("proof.download")}
            </Button>
            <Button variant="default" leftSection={<IconDownload size={18} aria-hidden />} onClick={() => void download(`/v1/statements/${id}/compact`, `${id.slice(0, 12)}-compact.cose`)}>
              {t("proof.download_compact")}
            </Button>
          </>
        )}
        <FileButton accept="application/json,.json" onChange={(file) => void file?.text().then((text) => setOwn({ name: file.name, text }))}>
          {(props) => (
            <Button variant="subtle" {...props}>
              {own ? t("proof.trust_own", { name: own.name }) : t("proof.trust_choose")}
            </Button>
          )}
        </FileButton>
      </Group>
      <div aria-live="polite">
        {busy && <Skeleton h={80} mt="sm" />}
        {!busy && outcome && <Verdict outcome={outcome} />}
      </div>
    </div>
  );
}

async function check(proof: Uint8Array, trust: Own): Promise<Outcome> {
  const { Trust, TrustError, verify, VerifyError } = await import("@convoy/client/verify");
  const started = performance.now();
  try {
    const report = verify(proof, Trust.fromJson(trust.text));
    return { state: "proved", report, trustFrom: trust.name, tookMs: performance.now() - started };
  } catch (error) {
    if (error instanceof VerifyError) return { state: "failed", check: error.check, reason: error.reason, trustFrom: trust.name };
    if (error instanceof TrustError) return { state: "failed", check: t("proof.trust_file"), reason: `${error.field}: ${error.detail}`, trustFrom: trust.name };
    throw error;
  }
}

function Verdict({ outcome }: { outcome: Outcome }) {
  if (outcome.state === "trouble") return <Trouble error={outcome.error} />;
  if (outcome.state === "failed") {
    return (
      <div className="verdict failed" role="alert">
        <h3 className="fail">{t("proof.failed")}</h3>
        <p className="fail">
          <strong>{t("proof.failed_check", { check: outcome.check })}</strong> <span lang="en">{outcome.reason}</span>
        </p>
        <p>{t("proof.failed_more")}</p>
      </div>
    );
  }
  const { report } = outcome;
  return (
    <div className={report.proved === "refused" ? "verdict failed" : "verdict"}>
      <h3>
        <Said good={report.proved !== "refused"}>{t(`proof.proved_${report.proved}`)}</Said>
      </h3>
      <p>
        {t("proof.vouched", { n: report.attestedBy.length, members: report.attestedBy.join(", "), height: number(Number(report.height)) })}{" "}
        {report.recordedMs !== undefined && t("proof.recorded", { time: exact(Number(report.recordedMs)), height: number(Number(report.recordedHeight)) })}
      </p>
      <ul className="checks" lang="en">
        {report.checks.map((entry) => (
          <li key={entry.name}>
            <Said good>{""}</Said>
            <span>
              <strong style={{ fontWeight: 500 }}>{entry.name}</strong>: <span className="quiet">{entry.detail}</span>
            </span>
          </li>
        ))}
        {report.notes.map((note) => (
          <li key={note}>
            <IconX size={18} className="wait" aria-hidden />
            <span className="wait">
              {t("proof.not_checked")} {note}
            </span>
          </li>
        ))}
      </ul>
      <p className="small quiet" style={{ marginTop: "0.5rem" }}>
        {t("proof.how", { trust: outcome.trustFrom, ms: Math.max(1, Math.round(outcome.tookMs)) })}
      </p>
    </div>
  );
}
