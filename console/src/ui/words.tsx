/** What a statement would do, and what somebody asks to do, in words: each module's where it has any, else its own names. */

import type { ReactNode } from "react";
import { t, word } from "../i18n";
import { labelOf } from "../lib/goods";
import { sentences as custodySentences } from "../modules/custody/words";

export interface Effect {
  module: string;
  event: Record<string, unknown>;
}
type Name = (id: string | undefined) => string;

/** The effects of a dry run as sentences. */
export function effectWords(effects: Effect[], name: Name): ReactNode {
  const told = effects.flatMap((effect) => Object.entries(effect.event).flatMap(([kind, event]) => effectSentences(effect.module, kind, event as Record<string, never>, name)));
  return <Sentences list={told} />;
}

export function Sentences({ list }: { list: string[] }) {
  return (
    <ul style={{ margin: "0.25rem 0", paddingLeft: "1.2rem" }}>
      {[...new Set(list)].map((sentence) => <li key={sentence} style={{ overflowWrap: "anywhere" }}>{sentence}</li>)}
    </ul>
  );
}

interface Told {
  did?: string;
  key_id?: string;
  member?: string;
  id?: string;
  record?: string;
  unit?: string;
  post?: string;
  status?: string;
  state?: string;
  revoked_ms?: number | null;
  used?: boolean;
  approved_by?: string[];
  classification?: string;
}

function effectSentences(module: string, kind: string, told: Told, name: Name): string[] {
  if (module === "custody") return custodySentences(kind, told as never, name);
  const who = told.did ?? "";
  switch (`${module}::${kind}`) {
    case "membership::key":
      return [t(told.revoked_ms == null ? "words.key_begins" : "words.key_ends", { key: told.key_id ?? "", who })];
    case "membership::signer":
      return [t("words.signer", { who, member: name(told.member), state: word("state", told.status) })];
    case "membership::enrolment":
      return [t(told.used ? "words.code_used" : "words.code_offered", { member: name(told.member) })];
    case "membership::member":
      return [t("words.member", { member: name(told.member), state: word("state", told.status) })];
    case "membership::reinstatement":
      return [t(`words.reinstatement_${told.state as "planned" | "done" | "withdrawn"}`, { member: name(told.member) })];
    case "policy::request":
      return [told.state === "open" ? t("words.request_open", { n: told.approved_by?.length ?? 0 }) : t("words.request_ended", { state: word("request", told.state) })];
    case "policy::policy":
      return [t("words.policy", { id: told.id ?? "", state: word("policy", told.state) })];
    case "policy::label":
      return [t("words.label", { what: labelOf(`https://id.gs1.org/${(told.record ?? "").split("/").slice(2).join("/")}`), label: word("label", told.classification) })];
    default:
      return [`${kind.replaceAll("_", " ")}: ${[told.member, told.unit, told.post, told.did].filter(Boolean).join(" / ")}`];
  }
}

/** An action in words, before anybody has tried it: what somebody asks others to approve. */
export function actionWords(module: string, action: unknown, name: Name): string[] {
  const [kind = "", fields = {}] = Object.entries((typeof action === "object" && action !== null ? action : {}) as Record<string, Record<string, unknown>>)[0] ?? [];
  const objects = (fields.objects as string[] | undefined) ?? [];
  const what = objects.length === 0 ? t("words.amounts") : objects.length <= 3 ? objects.map(labelOf).join(", ") : t("goods.and_more", { first: labelOf(objects[0] ?? ""), n: objects.length - 1 });
  switch (`${module}::${kind}`) {
    case "custody::offer_handover":
      return [t("words.offered", { what, to: name(fields.to as string), conveys: word("conveys", (fields.conveys as string | undefined) ?? "custody") })];
    case "custody::report_loss":
      return [t("words.lost", { what }), String(fields.circumstances ?? "")];
    case "custody::close_case":
      return [t("words.case_closes", { finding: word("finding", String(fields.finding)) }), String(fields.account ?? "")];
    case "custody::escalate_case":
      return [t("words.case_escalates"), String(fields.reason ?? "")];
    case "custody::accept_handover":
    case "custody::refuse_handover":
    case "custody::withdraw_handover":
      return [t("words.handover_ends", { state: word("state", { accept_handover: "accepted", refuse_handover: "refused", withdraw_handover: "withdrawn" }[kind]) }), String(fields.reason ?? "")].filter((line) => line !== "");
    case "custody::capture":
      return [t("words.captured", { kind: word("step", String(fields.biz_step ?? fields.bizStep ?? "ObjectEvent")) })];
    case "membership::register_key":
    case "membership::rotate_key":
      return [t("words.key_new", { who: String(fields.did) })];
    case "membership::revoke_key":
      return [t("words.key_ends", { key: String(fields.key_id), who: String(fields.did) })];
    case "membership::plan_reinstatement":
    case "membership::agree_reinstatement":
      return [t("words.reinstatement_planned", { member: name(String(fields.member)) }), String(fields.reason ?? "")].filter((line) => line !== "");
    case "membership::withdraw_reinstatement":
      return [t("words.reinstatement_withdrawn", { member: name(String(fields.member)) })];
    case "policy::retire":
      return [t("words.policy", { id: String(fields.id), state: word("policy", "retired") }), String(fields.reason ?? "")];
    case "policy::put":
    case "policy::replace":
      return [t("words.policy", { id: String(fields.id), state: word("policy", "in_force") }), String(fields.text ?? "")];
    default:
      return [`${module}: ${kind.replaceAll("_", " ")}`, ...Object.entries(fields).filter(([, value]) => typeof value !== "object" && value !== "" && value !== null).map(([field, value]) => `${field.replaceAll("_", " ")}: ${labelOf(String(value))}`)];
  }
}
