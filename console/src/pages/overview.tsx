/** What needs me now, how the network is, what moved last. */

import { IconAlertTriangle, IconArrowDownLeft, IconArrowUpRight, IconClockExclamation, IconHourglass, IconTemperature, IconUserCheck } from "@tabler/icons-react";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { type Case, cases, type EpcisEvent, type Handover, handovers, latestEvents, liveness, network } from "../api/queries";
import { usePulse } from "../app/live";
import { number, quantity, t, word } from "../i18n";
import { standing, TONE } from "../lib/liveness";
import { labelOf } from "../lib/goods";
import { breaches, type Breach, late, type Late, LATE_DAYS } from "../modules/custody/watch";
import { type Request, requests } from "../modules/policy/request";
import { useOutbox } from "../lib/outbox";
import { Empty, Head, MemberName, Sheet, Thing, Things, Time, Trouble, Waiting } from "../ui/bits";
import { useMe, useMembers, useNow } from "../ui/hooks";
import { PulseFigure } from "../ui/pulse";
import { StockSheet } from "../ui/stock";
import { WaySheet } from "../ui/way";
import { actionWords } from "../ui/words";

const route = getRouteApi("/inside/");

/** An offer that runs out within this time is told as such. */
const SOON_MS = 48 * 3_600_000;

export function Overview() {
  const search = route.useSearch();
  const navigate = useNavigate();
  const { data: net, error } = useQuery(network());
  const me = useMe();
  const member = me.member ?? net?.member;
  const members = useMembers();
  const offers = useInfiniteQuery({ ...handovers({ state: "open", member, limit: 100 }), enabled: member !== undefined });
  const open = useInfiniteQuery(cases({ state: "open", limit: 100 }));
  const escalated = useInfiniteQuery(cases({ state: "escalated", limit: 100 }));
  const all = offers.data?.pages.flatMap((page) => page.handovers);
  const toMe = all?.filter((offer) => offer.to === member);
  const fromMe = all?.filter((offer) => offer.from === member);
  const allCases = open.data && escalated.data ? [...escalated.data.pages, ...open.data.pages].flatMap((page) => page.cases) : undefined;
  const mine = allCases?.filter((one) => one.member === member || one.other === member);
  const { data: lateAll } = useQuery(late(LATE_DAYS));
  const { data: breachesAll } = useQuery(breaches());
  const ours = (one: { custodian?: string | undefined; owner?: string | undefined }) => one.custodian === member || one.owner === member;
  const lateOurs = lateAll?.filter(ours);
  const breachesOurs = breachesAll?.filter((one) => ours(one) && !one.inspected);
  if (error) return <Trouble error={error} />;
  return (
    <>
      <Head title={t("overview.title", { member: members.get(member ?? "")?.name ?? member ?? "…" })} about={t("overview.about")} />
      <div className="grid">
        <div className="w7 stack">
          <Sheet title={t("overview.now")}>
            <Now toMe={toMe} fromMe={fromMe} cases={mine} late={lateOurs ?? []} breaches={breachesOurs ?? []} />
          </Sheet>
          <WaySheet />
          <Latest />
        </div>
        <div className="w5 stack">
          <div className="tiles">
            <Link to="/modules/$module/$" params={{ module: "custody", _splat: "handovers" }} search={{ tab: "in" }}>
              <b>{toMe ? number(toMe.length) : "…"}</b>
              <span>{t("overview.to_accept")}</span>
            </Link>
            <Link to="/modules/$module/$" params={{ module: "custody", _splat: "handovers" }} search={{ tab: "out" }}>
              <b>{fromMe ? number(fromMe.length) : "…"}</b>
              <span>{t("overview.offered")}</span>
            </Link>
            <Link to="/modules/$module/$" params={{ module: "custody", _splat: "cases" }} search={{ state: "open" }}>
              <b>{allCases ? number(allCases.length) : "…"}</b>
              <span>{t("overview.cases")}</span>
            </Link>
            <Link to="/modules/$module/$" params={{ module: "custody", _splat: "late" }}>
              <b>{lateAll ? number(lateAll.length) : "…"}</b>
              <span>{t("overview.late_count")}</span>
            </Link>
            <Link to="/modules/$module/$" params={{ module: "custody", _splat: "breaches" }}>
              <b>{breachesAll ? number(breachesAll.filter((one) => !one.inspected).length) : "…"}</b>
              <span>{t("overview.breach_count")}</span>
            </Link>
            <Link to="/modules/$module/$" params={{ module: "membership", _splat: "" }}>
              <b>{members.size > 0 ? number(members.size) : "…"}</b>
              <span>{t("overview.members")}</span>
            </Link>
          </div>
          <StockSheet past={search.stock === "past"} setPast={(past) => void navigate({ to: "/", search: past ? { stock: "past" } : {}, replace: true, resetScroll: false })} />
          <PulseSheet />
        </div>
      </div>
    </>
  );
}

/** So many of one kind stand here; the count beside leads to all of them. */
const OF_A_KIND = 5;

function Now({ toMe, fromMe, cases: mine, late: behind, breaches: alarms }: { toMe: Handover[] | undefined; fromMe: Handover[] | undefined; cases: Case[] | undefined; late: Late[]; breaches: Breach[] }) {
  const me = useMe();
  const members = useMembers();
  const { data: open } = useQuery(requests(true));
  const name = (id: string | undefined) => members.get(id ?? "")?.name ?? id ?? "–";
  const asked = ((open as { requests: Request[] } | undefined)?.requests ?? []).filter((one) => me.signer !== undefined && !one.approved_by.includes(me.signer));
  const now = useNow(30_000);
  const outbox = useOutbox().filter((entry) => entry.state === "queued" || entry.state === "refused");
  if (toMe === undefined || fromMe === undefined || mine === undefined) return <Waiting />;
  const ending = fromMe.filter((offer) => Date.parse(offer.expires) - now < SOON_MS);
  if (toMe.length + ending.length + mine.length + outbox.length + behind.length + alarms.length + asked.length === 0) {
    return (
      <Empty title={t("overview.nothing")} action={<Link to="/trace">{t("nav.trace")}</Link>}>
        {t("overview.nothing_more")}
      </Empty>
    );
  }
  return (
    <ul className="todo">
      {toMe.map((offer) => (
        <li key={offer.handover}>
          <Link className="row" to="/modules/$module/$" params={{ module: "custody", _splat: `handovers/${offer.handover}` }}>
            <IconArrowDownLeft className="mark" aria-hidden />
            <span>
              <span className="what">{t("overview.accept", { what: describe(offer) })}</span>
              <br />
              <span className="more">
                {t("overview.from")} <MemberName id={offer.from} link={false} /> · {word("conveys", offer.conveys)}
                {offer.terms && ` · ${offer.terms}`}
              </span>
            </span>
            <span className="more">
              {t("overview.until")} <Time at={offer.expires} relative />
            </span>
          </Link>
        </li>
      ))}
      {mine.map((one) => (
        <li key={one.case}>
          <Link className="row" to="/modules/$module/$" params={{ module: "custody", _splat: `cases/${one.case}` }}>
            <IconAlertTriangle className="mark" aria-hidden />
            <span>
              <span className="what">{one.missing > 0 ? t("overview.case", { n: one.missing, kind: word("casekind", one.kind) }) : word("casekind", one.kind)}</span>
              <br />
              <span className="more">{one.circumstances ?? one.objects.map(labelOf).slice(0, 3).join(", ")}</span>
            </span>
            <span className="more">
              {t("overview.due")} <Time at={one.due} relative />
            </span>
          </Link>
        </li>
      ))}
      {asked.map((one) => (
        <li key={one.request}>
          <Link className="row" to="/modules/$module/$" params={{ module: "policy", _splat: `requests/${one.request}` }}>
            <IconUserCheck className="mark" aria-hidden />
            <span>
              <span className="what">{t(one.signer === me.signer ? "overview.asked_own" : "overview.asked", { what: actionWords(one.module, one.action, name)[0] ?? "" })}</span>
              <br />
              <span className="more"><MemberName id={one.member} link={false} /></span>
            </span>
            <span className="more">
              {t("overview.until")} <Time at={one.expires_ms} relative />
            </span>
          </Link>
        </li>
      ))}
      {alarms.slice(0, OF_A_KIND).map((one) => (
        <li key={`${one.object} ${one.time} ${one.type}`}>
          <Link className="row" to="/trace" search={{ id: one.object }}>
            <IconTemperature className="mark" aria-hidden />
            <span>
              <span className="what">{t("overview.breach", { what: labelOf(one.object) })}</span>
              <br />
              <span className="more">{one.type} {quantity(one.value)} · {word("exception", one.exception)}</span>
            </span>
            <span className="more">
              <Time at={one.time} relative />
            </span>
          </Link>
        </li>
      ))}
      {behind.slice(0, OF_A_KIND).map((one) => (
        <li key={one.id}>
          <Link className="row" to="/trace" search={{ id: one.id }}>
            <IconClockExclamation className="mark" aria-hidden />
            <span>
              <span className="what">{t("overview.late", { what: labelOf(one.id) })}</span>
              <br />
              <span className="more">{word("step", one.biz_step)}{one.last_place && ` · ${labelOf(one.last_place)}`}</span>
            </span>
            <span className="more">
              <Time at={one.set_off} relative />
            </span>
          </Link>
        </li>
      ))}
      {ending.map((offer) => (
        <li key={offer.handover}>
          <Link className="row" to="/modules/$module/$" params={{ module: "custody", _splat: `handovers/${offer.handover}` }}>
            <IconHourglass className="mark" aria-hidden />
            <span>
              <span className="what">{t("overview.ending", { what: describe(offer) })}</span>
              <br />
              <span className="more">
                <MemberName id={offer.to} link={false} />
              </span>
            </span>
            <span className="more">
              <Time at={offer.expires} relative />
            </span>
          </Link>
        </li>
      ))}
      {outbox.length > 0 && (
        <li>
          <Link className="row" to="/outbox">
            <IconArrowUpRight className="mark" aria-hidden />
            <span className="what">{t("overview.outbox", { n: outbox.length })}</span>
            <span />
          </Link>
        </li>
      )}
    </ul>
  );
}

function describe(offer: Handover): string {
  const [first] = offer.objects;
  const count = offer.objects.length + offer.portions.length;
  if (first === undefined) return t("goods.amounts", { n: offer.portions.length });
  return count === 1 ? labelOf(first) : t("goods.and_more", { first: labelOf(first), n: count - 1 });
}

function PulseSheet() {
  const { data: net } = useQuery(network());
  const { data: heard } = useQuery(liveness());
  const pulse = usePulse();
  const now = useNow(1_000);
  const last = pulse.blocks.at(-1);
  return (
    <Sheet title={t("overview.pulse")} tools={<Link to="/network">{t("nav.network")}</Link>}>
      <div className="body stack">
        <dl className="facts">
          <dt>{t("overview.last_block")}</dt>
          <dd>
            {last ? (
              <>
                <Link to="/blocks/$height" params={{ height: String(last.height) }}>
                  {number(last.height)}
                </Link>{" "}
                <span className="quiet">{t("overview.seconds_ago", { n: Math.max(0, Math.round((now - (pulse.heardMs ?? last.time_ms)) / 1_000)) })}</span>
              </>
            ) : (
              "…"
            )}
          </dd>
          <dt>{t("overview.log")}</dt>
          <dd>{net ? t("overview.leaves", { n: net.log_size }) : "…"}</dd>
          <dt>{t("overview.validators")}</dt>
          <dd className="marks">
            {heard?.validators.map((one) => (
              <span key={one.member} className={`state ${TONE[standing(one, heard)]}`} title={word("live", standing(one, heard))}>
                <MemberName id={one.member} />
                <span className="unseen">{word("live", standing(one, heard))}</span>
              </span>
            ))}
          </dd>
        </dl>
        <PulseFigure height={150} />
      </div>
    </Sheet>
  );
}

function Latest() {
  const { data, error } = useQuery(latestEvents(8));
  return (
    <Sheet title={t("overview.latest")} tools={<Link to="/map">{t("nav.map")}</Link>}>
      {error ? <Trouble error={error} /> : data === undefined ? <Waiting lines={5} /> : data.length === 0 ? <Empty title={t("overview.no_events")}>{t("overview.no_events_more")}</Empty> : (
        <ul className="todo">
          {data.map((event, index) => (
            <li key={event.eventID ?? index} className="plain">
              <span>
                <strong style={{ fontWeight: 500 }}>{event.errorDeclaration === undefined ? word("step", event.bizStep ?? event.type) : t("correct.title_entry", { step: word("step", event.bizStep ?? event.type) })}</strong>{" "}
                <Things ids={objectsOf(event)} most={2} />
                <br />
                <span className="small quiet">{event.bizLocation ?? event.readPoint ? <Thing id={(event.bizLocation ?? event.readPoint)?.id ?? ""} /> : null}</span>
              </span>
              <span className="small quiet">
                <Time at={event.eventTime} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </Sheet>
  );
}

export function objectsOf(event: EpcisEvent): string[] {
  const list = [event.parentID, ...(event.epcList ?? []), ...(event.childEPCs ?? []), ...(event.quantityList ?? []).map((one) => one.epcClass)];
  return [...new Set(list.filter((id) => id !== undefined))];
}
