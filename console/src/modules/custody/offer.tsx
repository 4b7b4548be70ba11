/** Two forms about things in our hands: offer them to another member, or report them lost. */

import { Select, TextInput, Textarea } from "@mantine/core";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useState } from "react";
import { t, word } from "../../i18n";
import { labelOf } from "../../lib/goods";
import { Head, Sheet } from "../../ui/bits";
import { useMe, useMembers, useWhyNot } from "../../ui/hooks";
import { IdentifierList, useRead } from "../../ui/identifiers";
import { Submit } from "../../ui/submit";
import { OFFICERS } from "./handovers";
import { effectWords } from "../../ui/words";

const route = getRouteApi("/inside/modules/$module/$");
const crumb = (
  <Link to="/modules/$module/$" params={{ module: "custody", _splat: "handovers" }}>
    <Crumb />
  </Link>
);
function Crumb() {
  return <>{t("nav.handovers")}</>;
}

/** Why a list cannot be sent yet. */
function useList(text: string) {
  const read = useRead(text);
  const ids = read.flatMap((one) => (one.epc && !one.trouble ? [one.epc] : []));
  const why = read.some((one) => one.trouble) ? t("custody.list_wrong") : read.some((one) => one.pending) ? t("custody.list_reading") : ids.length === 0 ? t("custody.list_empty") : undefined;
  return { read, ids, why };
}

export function Offer() {
  const search = route.useSearch();
  const members = useMembers();
  const me = useMe();
  const role = useWhyNot(OFFICERS);
  const [text, setText] = useState(search.objects ?? "");
  const [receiver, setReceiver] = useState<string | null>(search.to ?? null);
  const [conveys, setConveys] = useState("custody");
  const [terms, setTerms] = useState("");
  const [until, setUntil] = useState("");
  const [place, setPlace] = useState("");
  const { read, ids, why } = useList(text);
  const name = (id: string | undefined) => members.get(id ?? "")?.name ?? id ?? "–";
  const missing = why ?? (receiver === null ? t("custody.to_missing") : undefined);
  const make = () => {
    if (missing !== undefined || receiver === null) return undefined;
    const body = { to: receiver, objects: ids, conveys, ...(terms.trim() && { terms: terms.trim() }), ...(place.trim() && { place: place.trim() }), ...(until && { expires_ms: Date.parse(until) }) };
    return { title: t("custody.title_offer", { what: ids.length === 1 ? labelOf(ids[0] ?? "") : t("goods.objects", { n: ids.length }), to: name(receiver) }), path: "/v1/modules/custody/actions/offer_handover", body };
  };
  return (
    <>
      <Head crumb={crumb} title={t("custody.offer")} about={t("custody.offer_about")} />
      <Sheet>
        <div className="body form" style={{ padding: "1rem" }}>
          <IdentifierList label={t("custody.objects")} description={t("custody.objects_more")} value={text} onChange={setText} read={read} />
          <div className="pair">
            <Select label={t("custody.to")} required searchable data={[...members.values()].filter((one) => one.member !== me.member && one.status === "active").map((one) => ({ value: one.member, label: `${one.name} (${one.member})` }))} value={receiver} onChange={setReceiver} />
            <Select label={t("custody.conveys")} data={["custody", "ownership", "both"].map((value) => ({ value, label: word("conveys", value) }))} value={conveys} allowDeselect={false} onChange={(value) => setConveys(value ?? "custody")} />
          </div>
          <div className="pair">
            <TextInput label={t("custody.terms")} description={t("custody.terms_more")} value={terms} maxLength={500} onChange={(event) => setTerms(event.currentTarget.value)} />
            <TextInput type="datetime-local" label={t("custody.until")} description={t("custody.until_more")} value={until} onChange={(event) => setUntil(event.currentTarget.value)} />
          </div>
          <TextInput label={t("goods.place")} description={t("custody.place_more")} value={place} onChange={(event) => setPlace(event.currentTarget.value)} classNames={{ input: "mono" }} />
          <Submit may="custody::offer_handover" make={make} why={role ?? missing} action={t("submit.check")} words={(effects) => effectWords(effects, name)} done={<Link to="/modules/$module/$" params={{ module: "custody", _splat: "handovers" }} search={{ tab: "out" }}>{t("custody.tab_out")}</Link>} />
        </div>
      </Sheet>
    </>
  );
}

export function Loss() {
  const search = route.useSearch();
  const members = useMembers();
  const role = useWhyNot(OFFICERS);
  const [text, setText] = useState(search.objects ?? "");
  const [circumstances, setCircumstances] = useState("");
  const [noticed, setNoticed] = useState("");
  const { read, ids, why } = useList(text);
  const name = (id: string | undefined) => members.get(id ?? "")?.name ?? id ?? "–";
  const missing = why ?? (circumstances.trim() === "" ? t("custody.circumstances_missing") : undefined);
  const make = () =>
    missing === undefined
      ? { title: t("custody.title_loss", { what: ids.length === 1 ? labelOf(ids[0] ?? "") : t("goods.objects", { n: ids.length }) }), path: "/v1/modules/custody/actions/report_loss", body: { objects: ids, circumstances: circumstances.trim(), ...(noticed && { time: new Date(noticed).toISOString() }) } }
      : undefined;
  return (
    <>
      <Head crumb={<Link to="/modules/$module/$" params={{ module: "custody", _splat: "cases" }}>{t("nav.cases")}</Link>} title={t("custody.loss")} about={t("custody.loss_about")} />
      <Sheet>
        <div className="body form" style={{ padding: "1rem" }}>
          <IdentifierList label={t("custody.missing")} description={t("custody.objects_more")} value={text} onChange={setText} read={read} />
          <Textarea label={t("custody.circumstances")} description={t("custody.circumstances_more")} required maxLength={500} value={circumstances} onChange={(event) => setCircumstances(event.currentTarget.value)} autosize minRows={3} />
          <TextInput type="datetime-local" label={t("custody.noticed")} value={noticed} onChange={(event) => setNoticed(event.currentTarget.value)} />
          <Submit may="custody::report_loss" make={make} why={role ?? missing} action={t("submit.check")} words={(effects) => effectWords(effects, name)} done={<Link to="/modules/$module/$" params={{ module: "custody", _splat: "cases" }}>{t("nav.cases")}</Link>} />
        </div>
      </Sheet>
    </>
  );
}
