/**
 * From a form to a final state: a preview of the consequences in words, then the outbox, then how it ended.
 *
 * The preview is the node's own dry run, told in words. Without a connection there is no preview, and that is said; what is sent is kept on
 * the device until the node answers. What was typed stays until it is accepted. Where a key of the person's own lies in this browser, that key
 * signs; where policy wants one and there is none, the page says so; where policy wants others to approve, the page asks them instead.
 * What cannot be undone is signed only after the thing's name was typed.
 */

import { Button, TextInput } from "@mantine/core";
import { IconArrowLeft, IconSend } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { NoAnswer, post } from "../api/client";
import { t } from "../i18n";
import type { Approval } from "../lib/approvals";
import { enqueue, useOutbox } from "../lib/outbox";
import { encoded, type OwnKey, type ToSign, tryOut } from "../lib/own-key";
import { OutboxEntry } from "../pages/outbox";
import { Act, Duration, Trouble } from "./bits";
import { useMe } from "./hooks";
import { useMay } from "./may";
import type { Effect } from "./words";

export type { Effect } from "./words";

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
  /** What policies call it, such as `custody::offer_handover`: what they want is asked for before. */
  may?: string;
  /** The name of what cannot be brought back. */
  irreversible?: string | undefined;
  /** The node signs all the same: what makes the person's own key. */
  byNode?: boolean;
  /** What follows where it was accepted. */
  done?: ReactNode;
  /** It was handed in: what the page shows must stay until its end has been read. */
  onSent?: () => void;
}

interface Preview {
  at: "preview";
  made: Submission;
  effects: Effect[] | undefined;
  error: unknown;
  /** What this browser signs, where it does. */
  own: { key: OwnKey; action: ToSign } | undefined;
  /** Why the node signs though there is a key here. */
  unwritten: string | undefined;
}
type Step = { at: "form" } | Preview | { at: "sent"; id: string };

/** The action that a path of the interface asks for. */
export function toSign({ path, body }: Submission): ToSign | undefined {
  const found = /^\/v1\/modules\/([^/]+)\/actions\/([^/?]+)$/.exec(path);
  return found ? { module: found[1] ?? "", name: found[2] ?? "", fields: body } : undefined;
}

async function preview(made: Submission, key: OwnKey | undefined): Promise<Preview> {
  const action = toSign(made);
  const written = key && action ? await encoded(action) : undefined;
  const own = key && action && written instanceof Uint8Array ? { key, action } : undefined;
  const shared = { at: "preview", made, own, unwritten: written && !(written instanceof Uint8Array) ? written.trouble : undefined } as const;
  try {
    const answer = (own ? await tryOut(own.key, own.action) : await post(`${made.path}?preview=true`, made.body)) as { results: ({ effects?: Effect[] } | { problem: never })[] };
    return { ...shared, effects: answer.results.flatMap((result) => ("effects" in result ? (result.effects ?? []) : [])), error: undefined };
  } catch (error) {
    return { ...shared, effects: undefined, error };
  }
}

export function Submit(props: Props) {
  const { make, why, action, done, onSent } = props;
  const [step, setStep] = useState<Step>({ at: "form" });
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<unknown>();
  const queries = useQueryClient();
  const me = useMe();
  const may = useMay(props.may);
  const key = props.byNode ? undefined : me.key;
  const entry = useOutbox().find((one) => step.at === "sent" && one.id === step.id);

  const look = async (asked: () => Promise<Submission | undefined>) => {
    setBusy(true);
    setFault(undefined);
    try {
      const made = await asked();
      if (made !== undefined) setStep(await preview(made, key));
    } catch (error) {
      setFault(error);
    } finally {
      setBusy(false);
    }
  };
  const send = async ({ made, own }: Preview) => {
    setBusy(true);
    setFault(undefined);
    try {
      const id = await enqueue({ ...made, ...(own && { own: { key: own.key.id, action: own.action } }) });
      setStep({ at: "sent", id });
      onSent?.();
      void queries.invalidateQueries({ queryKey: ["network"] });
    } catch (error) {
      setFault(error);
    } finally {
      setBusy(false);
    }
  };

  if (step.at === "form") {
    const stopped = why ?? (may.ownKey ? t("may.own_key") : may.denied ? may.denied.description : undefined);
    return (
      <div className="stack">
        {may.ownKey && <Wanted title={t("may.own_key")} words={may.ownKey.description}><Link to="/settings">{t("may.own_key_more")}</Link></Wanted>}
        {!may.ownKey && may.approval && <ApprovalWanted approval={may.approval} />}
        {fault !== undefined && <Trouble error={fault} />}
        <div>
          <Act why={stopped} size="md" onClick={() => void look(async () => (may.approval ? asking(make()) : make()))} loading={busy}>
            {may.approval && !may.ownKey ? t("may.ask") : action}
          </Act>
          {stopped && <p className="small wait" aria-hidden style={{ marginTop: "0.375rem" }}>{stopped}</p>}
        </div>
      </div>
    );
  }
  if (step.at === "preview") {
    return (
      <Consequences {...props} step={step} busy={busy} fault={fault} back={() => setStep({ at: "form" })} send={() => void send(step)} />
    );
  }
  return (
    <div className="stack" aria-live="polite">
      <div className={`notice ${entry?.state === "accepted" ? "good" : entry?.state === "refused" || entry?.state === "expired" ? "bad" : ""}`} role="status">
        {entry && <OutboxEntry entry={entry} />}
      </div>
      {entry?.state === "accepted" && (may.approval ? <Link to="/modules/$module/$" params={{ module: "policy", _splat: "requests" }}>{t("may.requests")}</Link> : done)}
      {(entry?.state === "refused" || entry?.state === "expired") && (
        <div>
          <Button variant="default" onClick={() => setStep({ at: "form" })}>{t("submit.back")}</Button>
        </div>
      )}
    </div>
  );
}

/** The request for approval of exactly what would be signed. */
async function asking(made: Submission | undefined): Promise<Submission | undefined> {
  const action = made && toSign(made);
  if (made === undefined || action === undefined) return undefined;
  const body = await encoded(action);
  if (!(body instanceof Uint8Array)) throw new Error(t("may.unwritten", { what: body.trouble }));
  const hex = [...body].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return { title: t("may.title_ask", { what: made.title }), path: "/v1/modules/policy/actions/ask_approval", body: { module: action.module, action: hex } };
}

function Wanted({ title, words, children }: { title: string; words: string; children?: ReactNode }) {
  return (
    <div className="notice">
      <h3>{title}</h3>
      <p lang="en">{words}</p>
      {children && <p>{children}</p>}
    </div>
  );
}

function ApprovalWanted({ approval: { policy, needed, waitMs } }: { approval: Approval }) {
  return (
    <Wanted title={needed > 0 ? t("may.approval", { n: needed }) : t("may.waiting")} words={policy.description}>
      {waitMs > 0 && <>{t("may.cools")} <Duration ms={waitMs} /></>}
    </Wanted>
  );
}

function Consequences({ words, irreversible, step, busy, fault, back, send }: Props & { step: Preview; busy: boolean; fault: unknown; back: () => void; send: () => void }) {
  const [typed, setTyped] = useState("");
  const offline = step.error instanceof NoAnswer;
  const named = irreversible === undefined || typed.trim() === irreversible;
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
          <p>{t(step.own ? "submit.offline_own" : "submit.offline_more")}</p>
        </div>
      ) : (
        <Trouble error={step.error} />
      )}
      {irreversible !== undefined && (step.effects || offline) && (
        <div className="notice bad">
          <h3 className="fail">{t("submit.final")}</h3>
          <TextInput mt="xs" label={t("submit.type_name", { name: irreversible })} value={typed} onChange={(event) => setTyped(event.currentTarget.value)} autoComplete="off" spellCheck={false} classNames={{ input: "mono" }} />
        </div>
      )}
      {fault !== undefined && <Trouble error={fault} />}
      <div style={{ display: "flex", gap: "0.5rem", flexWrap: "wrap" }}>
        {(step.effects || offline) && (
          <Act why={named ? undefined : t("submit.type_first")} size="md" loading={busy} leftSection={<IconSend size={18} aria-hidden />} onClick={send} data-autofocus>
            {t(offline ? (step.own ? "submit.keep_own" : "submit.keep") : "submit.sign")}
          </Act>
        )}
        <Button size="md" variant="default" leftSection={<IconArrowLeft size={18} aria-hidden />} onClick={back}>
          {t("submit.back")}
        </Button>
      </div>
      <p className="small quiet">{step.own ? t("submit.who_own", { key: step.own.key.id }) : t("submit.who")}</p>
      {step.unwritten && <p className="small wait">{t("submit.unwritten", { what: step.unwritten })}</p>}
    </div>
  );
}
