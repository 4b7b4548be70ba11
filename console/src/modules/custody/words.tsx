/** What a statement would do, in words: the effects of custody's actions as sentences about goods and who answers for them. */

import { t, time, word } from "../../i18n";
import { labelOf } from "../../lib/goods";

interface Goods {
  objects?: { objects: string[]; owner: string; custodian: string; life: string; place?: string | null; parent?: string | null; disposition?: string | null }[];
}
interface Told {
  now?: { from?: string; to?: string; conveys?: string; objects?: string[]; expires_ms?: number; due_ms?: number; missing?: number; state?: string };
  from?: string;
  to?: string;
  state?: string;
  objects?: string[];
  event_type?: string;
  case?: string | null;
  goods?: Goods;
  passed?: string[];
}

type Name = (id: string | undefined) => string;

export function sentences(kind: string, told: Told, name: Name): string[] {
  const { now } = told;
  const things = now?.objects ?? told.objects ?? [];
  const what = things.length === 0 ? t("words.amounts") : things.length <= 3 ? things.map(labelOf).join(", ") : t("goods.and_more", { first: labelOf(things[0] ?? ""), n: things.length - 1 });
  switch (kind) {
    case "offered":
      return [
        t("words.offered", { what, to: name(now?.to), conveys: word("conveys", now?.conveys) }),
        t("words.offered_until", { to: name(now?.to), time: time(now?.expires_ms) }),
        t("words.offered_bound"),
      ];
    case "handover_ended": {
      const state = told.state ?? "";
      const parties = { from: name(told.from), to: name(told.to) };
      if (state === "accepted") return [t("words.accepted", parties), ...holders(told.goods, name)];
      if (state === "partly_accepted") return [t("words.partly", parties), t("words.case_opens"), ...holders(told.goods, name)];
      if (state === "refused") return [t("words.refused", parties), ...(told.case ? [t("words.case_opens")] : [])];
      return [t("words.withdrawn", parties)];
    }
    case "discrepancy_reported":
      return [t("words.case_opens")];
    case "loss_reported":
      return [t("words.lost", { what }), t("words.lost_due", { time: time(now?.due_ms) }), t("words.lost_after")];
    case "case_changed":
      return [t("words.case_now", { state: word("state", now?.state) })];
    case "captured":
      return [t("words.captured", { kind: word("step", told.event_type) }), ...changes(told.goods, name), ...((told.passed?.length ?? 0) > 0 ? [t("words.late", { n: told.passed?.length ?? 0 })] : [])];
    case "declared_wrong":
      return [t("words.wrong"), ...changes(told.goods, name)];
    default:
      return [kind.replaceAll("_", " ")];
  }
}

function holders(goods: Goods | undefined, name: Name): string[] {
  const groups = (goods?.objects ?? []).filter((group) => group.parent == null);
  return groups.slice(0, 4).map((group) => t("words.holder", { what: group.objects.slice(0, 3).map(labelOf).join(", "), custodian: name(group.custodian), owner: name(group.owner) }));
}

function changes(goods: Goods | undefined, name: Name): string[] {
  return (goods?.objects ?? []).slice(0, 6).map((group) =>
    t("words.then", {
      what: group.objects.length <= 3 ? group.objects.map(labelOf).join(", ") : t("goods.and_more", { first: labelOf(group.objects[0] ?? ""), n: group.objects.length - 1 }),
      place: group.place ? labelOf(group.place) : "–",
      custodian: name(group.custodian),
      condition: group.life === "active" ? word("condition", group.disposition) : word("life", group.life),
    }),
  );
}
