/**
 * From a form to a final state: a preview of the consequences in words, then the outbox, then how it ended.
 *
 * The preview is the node's own dry run, told in words by the module where it has any. Without a connection there is no preview, and that is
 * said; what is sent is kept on the device until the node answers. What was typed stays until it is accepted.
 */

import { Button } from "@mantine/core";
import { IconArrowLeft, IconSend } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { NoAnswer, post } from "../api/client";
import { t } from "../i18n";
import { enqueue, useOutbox } from "../lib/outbox";
import { OutboxEntry } from "../pages/outbox";
import { Act, Trouble } from "./bits";

export interface Effect {
  module: string;
  event: Record<string, unknown>;
}

export interface Submission {
  title: string;
  path: string;
  body: unknown;
}

interface Props {
  /** What is to be handed in; `undefined` while the form is not complete. */
  make: () => Submission | undefined;
  /** Why it cannot be handed in at all. */
  why?: string | undefined;
  /** The effects in words. */
  words: (effects: Effect[]) => ReactNode;
  /** What to call the first step. */
  action: string;
  /** What follows where it was accepted. */
  done?: ReactNode;
  /** It was handed in: what the page shows must stay until its end has been read. */
  onSent?: () => void;
}

type Step = { at: "form" } | { at: "preview"; made: Submission; effects: Effect[] | undefined; error: unknown } | { at: "sent"; id: string };

export function Submit({ make, why, words, action, done, onSent }: Props) {
  const [step, setStep] = useState<Step>({ at: "form" });
  const [busy, setBusy] = useState(false);
  const queries = useQueryClient();
  const entry = useOutbox().find((one) => step.at === "sent" && one.id === step.id);

  const preview = async () => {
    const made = make();
    if (made === undefined) return;
    setBusy(true);
    try {
      const answer = (await post(`${made.path}?preview=true`, made.body)) as { results: ({ effects?: Effect[] } | { problem: never })[] };
      setStep({ at: "preview", made, effects: answer.results.flatMap((result) => ("effects" in result ? (result.effects ?? []) : [])), error: undefined });
    } catch (error) {
      setStep({ at: "preview", made, effects: undefined, error });
    } finally {
      setBusy(false);
    }
  };
  const send = async (made: Submission) => {
    setBusy(true);
    const id = await enqueue(made);
    setBusy(false);
    setStep({ at: "sent", id });
    onSent?.();
    void queries.invalidateQueries({ queryKey: ["network"] });
  };

  if (step.at === "form") {
    return (
      <div>
        <Act why={why} size="md" onClick={() => void preview()} loading={busy}>
          {action}
        </Act>
        {why && <p className="small wait" aria-hidden style={{ marginTop: "0.375rem" }}>{why}</p>}
      </div>
    );
  }
  if (step.at === "preview") {
    const offline = step.error instanceof NoAnswer;
    return (
      <div className="stack" aria-live="polite">
        {step.effects ? (
          <div className="notice good">
            <h3>{t("submit.preview")}</h3>
            {words(step.effects)}
            <p className="small quiet">{t("submit.preview_more")}</p>
          </div>
        ) : offline ? (
          <div className="notice">
            <h3>{t("submit.offline")}</h3>
            <p>{t("submit.offline_more")}</p>
          </div>
        ) : (
          <Trouble error={step.error} />
        )}
        <div style={{ display: "flex", gap: "0.5rem", flexWrap: "wrap" }}>
          {(step.effects || offline) && (
            <Button size="md" loading={busy} leftSection={<IconSend size={18} aria-hidden />} onClick={() => void send(step.made)} data-autofocus>
              {t(offline ? "submit.keep" : "submit.sign")}
            </Button>
          )}
          <Button size="md" variant="default" leftSection={<IconArrowLeft size={18} aria-hidden />} onClick={() => setStep({ at: "form" })}>
            {t("submit.back")}
          </Button>
        </div>
        <p className="small quiet">{t("submit.who")}</p>
      </div>
    );
  }
  return (
    <div className="stack" aria-live="polite">
      <div className={`notice ${entry?.state === "accepted" ? "good" : entry?.state === "refused" || entry?.state === "expired" ? "bad" : ""}`} role="status">
        {entry && <OutboxEntry entry={entry} />}
      </div>
      {entry?.state === "accepted" && done}
      {(entry?.state === "refused" || entry?.state === "expired") && (
        <div>
          <Button variant="default" onClick={() => setStep({ at: "form" })}>{t("submit.back")}</Button>
        </div>
      )}
    </div>
  );
}
