/** Recording what happens to goods by scanning a list: received, shipped, stored, counted, packed, unpacked. Each is an EPCIS 2.0 event. */

import { Button, Select, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { places } from "../../api/queries";
import { type Key, t } from "../../i18n";
import { labelOf } from "../../lib/goods";
import { useBook } from "../../lib/names";
import { Head, Sheet } from "../../ui/bits";
import { useMembers, useWhyNot } from "../../ui/hooks";
import { IdentifierList, useRead } from "../../ui/identifiers";
import { Submit } from "../../ui/submit";
import { buildEvent, type Deed, DEEDS } from "./event";
import { effectWords } from "../../ui/words";

export const CAPTURERS = ["logistics-officer", "supplier-clerk", "scanner"];
const NAMES: Record<Deed, Key> = {
  receiving: "deed.receiving",
  shipping: "deed.shipping",
  arriving: "deed.arriving",
  departing: "deed.departing",
  storing: "deed.storing",
  inspecting: "deed.inspecting",
  packing: "deed.packing",
  unpacking: "deed.unpacking",
};

/** Now, as a field of a form takes it: this device's time, to the minute. */
function nowField(): string {
  const now = new Date();
  return new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

export function Receive() {
  const members = useMembers();
  const book = useBook();
  const role = useWhyNot(CAPTURERS);
  const { data: known } = useQuery(places());
  const [deed, setDeed] = useState<Deed>("receiving");
  const [text, setText] = useState("");
  const [place, setPlace] = useState<string | null>(null);
  const [parent, setParent] = useState("");
  const [when, setWhen] = useState(nowField);
  const read = useRead(text);
  const ids = read.flatMap((one) => (one.epc && !one.trouble ? [one.epc] : []));
  const container = useRead(parent)[0];
  const packs = deed === "packing" || deed === "unpacking";
  const name = (id: string | undefined) => members.get(id ?? "")?.name ?? id ?? "–";
  const missing =
    read.some((one) => one.trouble) ? t("custody.list_wrong")
    : read.some((one) => one.pending) ? t("custody.list_reading")
    : ids.length === 0 ? t("custody.list_empty")
    : place === null ? t("receive.place_missing")
    : packs && !container?.epc ? t("receive.parent_missing")
    : undefined;
  const make = () =>
    missing === undefined && place !== null
      ? {
          title: t("receive.title_entry", { deed: t(NAMES[deed]), what: ids.length === 1 ? labelOf(ids[0] ?? "") : t("goods.objects", { n: ids.length }) }),
          path: "/v1/modules/custody/actions/capture",
          body: buildEvent({ deed, ids, place, when: new Date(when), parent: packs ? container?.epc : undefined }),
        }
      : undefined;
  const all = [...new Set([...(known ?? []), ...[...book.keys()].filter((id) => id.includes("/414/"))])];
  return (
    <>
      <Head title={t("nav.receive")} about={t("receive.about")} />
      <Sheet>
        <div className="body form" style={{ padding: "1rem" }}>
          <div role="group" aria-label={t("receive.what")}>
            <div style={{ fontWeight: 500, marginBottom: 6 }}>{t("receive.what")}</div>
            <div style={{ display: "flex", gap: "0.5rem", flexWrap: "wrap" }}>
              {DEEDS.map((one) => (
                <Button key={one} size="md" variant={one === deed ? "filled" : "default"} aria-pressed={one === deed} onClick={() => setDeed(one)}>
                  {t(NAMES[one])}
                </Button>
              ))}
            </div>
          </div>
          <IdentifierList label={t("custody.objects")} description={t("receive.list_more")} value={text} onChange={setText} read={read} />
          {packs && <TextInput label={t("receive.parent")} description={t("receive.parent_more")} required value={parent} onChange={(event) => setParent(event.currentTarget.value)} error={container?.trouble} classNames={{ input: "mono" }} />}
          <div className="pair">
            <Select label={t("goods.place")} required searchable data={all.map((id) => ({ value: id, label: labelOf(id) }))} value={place} onChange={setPlace} nothingFoundMessage={t("receive.place_none")} />
            <TextInput type="datetime-local" label={t("receive.when")} description={t("receive.when_more")} value={when} onChange={(event) => setWhen(event.currentTarget.value)} />
          </div>
          <Submit may="custody::capture" make={make} why={role ?? missing} action={t("submit.check")} words={(effects) => effectWords(effects, name)} done={ids[0] && <Link to="/trace" search={{ id: ids[0] }}>{t("nav.trace")}</Link>} />
        </div>
      </Sheet>
    </>
  );
}
