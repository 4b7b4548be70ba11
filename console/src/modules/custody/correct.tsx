/** Taking back an event that is wrong. It stays in the record, struck out, with who took it back and why. */

import { Select, Textarea } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useState } from "react";
import { event as eventQuery, type EpcisEvent } from "../../api/queries";
import { t, word } from "../../i18n";
import { Facts, Head, Sheet, Thing, Things, Time, Trouble, Waiting } from "../../ui/bits";
import { useMembers, useWhyNot } from "../../ui/hooks";
import { Submit } from "../../ui/submit";
import { objectsOf } from "../../pages/overview";
import { declareWrong } from "./event";
import { CAPTURERS } from "./receive";
import { effectWords } from "../../ui/words";

const route = getRouteApi("/inside/modules/$module/$");

export function Correct() {
  const { event: id } = route.useSearch();
  const { data, error } = useQuery({ ...eventQuery(id ?? ""), enabled: id !== undefined, retry: false });
  const members = useMembers();
  const role = useWhyNot(CAPTURERS);
  const [reason, setReason] = useState("incorrect_data");
  const [corrective, setCorrective] = useState("");
  const name = (one: string | undefined) => members.get(one ?? "")?.name ?? one ?? "–";
  const found = data === undefined ? undefined : first(data);
  return (
    <>
      <Head title={t("custody.correct")} about={t("correct.about")} />
      {error ? <Trouble error={error} /> : id === undefined ? <p>{t("correct.choose")}</p> : found === undefined ? <Waiting /> : (
        <div className="stack">
          <Sheet title={t("correct.event")}>
            <div className="body">
              <Facts
                rows={[
                  [t("goods.step"), word("step", found.bizStep ?? found.type)],
                  [t("goods.happened"), <Time key="h" at={found.eventTime} />],
                  [t("goods.what"), <Things key="w" ids={objectsOf(found)} most={8} />],
                  [t("goods.place"), found.bizLocation ?? found.readPoint ? <Thing key="p" id={(found.bizLocation ?? found.readPoint)?.id ?? ""} /> : "–"],
                  [t("trace.condition"), word("condition", found.disposition)],
                ]}
              />
            </div>
          </Sheet>
          <Sheet>
            <div className="body form" style={{ padding: "1rem" }}>
              <Select label={t("correct.reason")} data={[{ value: "incorrect_data", label: t("correct.incorrect") }, { value: "did_not_occur", label: t("correct.not_occurred") }]} value={reason} allowDeselect={false} onChange={(value) => setReason(value ?? "incorrect_data")} />
              {reason === "incorrect_data" && <Textarea label={t("correct.corrective")} description={t("correct.corrective_more")} value={corrective} onChange={(change) => setCorrective(change.currentTarget.value)} classNames={{ input: "mono" }} autosize minRows={1} />}
              <Submit
                may="custody::capture"
                why={role}
                make={() => ({
                  title: t("correct.title_entry", { step: word("step", found.bizStep ?? found.type) }),
                  path: "/v1/modules/custody/actions/capture",
                  body: declareWrong(found, reason, new Date(), corrective.split(/\s+/).filter((one) => one !== "")),
                })}
                action={t("submit.check")}
                words={(effects) => effectWords(effects, name)}
                done={<Link to="/modules/$module/$" params={{ module: "custody", _splat: "receive" }}>{t("nav.receive")}</Link>}
              />
            </div>
          </Sheet>
        </div>
      )}
    </>
  );
}

/** The event of the answer: alone, or the first of a query document. */
function first(answer: unknown): EpcisEvent {
  const document = answer as { epcisBody?: { queryResults?: { resultsBody: { eventList: EpcisEvent[] } }; eventList?: EpcisEvent[] } };
  const list = document.epcisBody?.queryResults?.resultsBody.eventList ?? document.epcisBody?.eventList;
  return list?.[0] ?? (answer as EpcisEvent);
}
