/** Where things are and in whose hands, as a picture: now by place, or over the last days by member. */

import { SegmentedControl } from "@mantine/core";
import { useQueries, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { type Stock, stock } from "../api/queries";
import { day, t } from "../i18n";
import { labelOf } from "../lib/goods";
import { useBook } from "../lib/names";
import { Empty, Sheet, Trouble, Waiting } from "./bits";
import { Figure, type Series } from "./figure";
import { useMembers, useNow } from "./hooks";

/** Places drawn by themselves; the others are one bar. */
const PLACES_DRAWN = 8;
const DAY_MS = 86_400_000;
/** The past is asked for at so many moments, so far apart. */
const MOMENTS = 10;
const STEP_DAYS = 3;
const ROW_PX = 26;
const FRAME_PX = 64;

type Name = (member: string) => string;
const shareOf = (share: { objects: number; amounts: number } | undefined) => (share === undefined ? 0 : share.objects + share.amounts);

export function StockSheet({ past, setPast }: { past: boolean; setPast: (past: boolean) => void }) {
  const { data, error } = useQuery(stock());
  const members = useMembers();
  useBook();
  const name: Name = (member) => members.get(member)?.name ?? member;
  return (
    <Sheet
      title={t("stock.title")}
      tools={
        <>
          <SegmentedControl
            size="xs"
            aria-label={t("stock.when")}
            value={past ? "past" : "now"}
            onChange={(value) => setPast(value === "past")}
            data={[{ value: "now", label: t("stock.now") }, { value: "past", label: t("stock.past") }]}
            transitionDuration={0}
          />
          <Link to="/places">{t("places.title")}</Link>
        </>
      }
    >
      {error ? <Trouble error={error} /> : data === undefined ? <Waiting /> : past ? <Past name={name} /> : <Now stock={data} name={name} />}
    </Sheet>
  );
}

function Now({ stock: { places }, name }: { stock: Stock; name: Name }) {
  const full = useMemo(() => places.filter((place) => place.members.length > 0).sort((a, b) => shareOf(b) - shareOf(a) || a.place.localeCompare(b.place)), [places]);
  if (full.length === 0) return <Empty title={t("stock.none")}>{t("stock.none_more")}</Empty>;
  const [drawn, others] = [full.slice(0, PLACES_DRAWN), full.slice(PLACES_DRAWN)];
  const series = holders([{ places: full }]).map((member): Series => {
    const of = (list: typeof full) => list.reduce((sum, place) => sum + shareOf(place.members.find((one) => one.member === member)), 0);
    return { name: name(member), values: [...drawn.map((place) => of([place])), ...(others.length > 0 ? [of(others)] : [])] };
  });
  const labels = [...drawn.map((place) => labelOf(place.place)), ...(others.length > 0 ? [t("stock.others")] : [])];
  return (
    <div className="body">
      <Figure title={t("stock.chart")} along={t("goods.place")} labels={labels} series={series} sideways stacked height={FRAME_PX + labels.length * ROW_PX} />
    </div>
  );
}

function Past({ name }: { name: Name }) {
  const today = Math.floor(useNow(DAY_MS / 24) / DAY_MS) * DAY_MS;
  const moments = Array.from({ length: MOMENTS }, (_, index) => new Date(today - (MOMENTS - 1 - index) * STEP_DAYS * DAY_MS).toISOString());
  const found = useQueries({ queries: moments.map((at) => stock(at)) });
  const failed = found.find((one) => one.error);
  if (failed) return <Trouble error={failed.error} />;
  if (found.some((one) => one.data === undefined)) return <Waiting lines={5} />;
  const answers = found.flatMap((one) => (one.data ? [one.data] : []));
  const series = holders(answers).map((member): Series => ({
    name: name(member),
    kind: "area",
    values: answers.map(({ places }) => places.reduce((sum, place) => sum + shareOf(place.members.find((one) => one.member === member)), 0)),
  }));
  return (
    <div className="body">
      <Figure title={t("stock.chart_past")} along={t("stock.day")} labels={moments.map(day)} series={series} stacked height={220} />
    </div>
  );
}

/** Who holds something in any of these, who holds most first. */
function holders(answers: readonly { places: Stock["places"] }[]): string[] {
  const sums = new Map<string, number>();
  for (const share of answers.flatMap((answer) => answer.places.flatMap((place) => place.members))) sums.set(share.member, (sums.get(share.member) ?? 0) + shareOf(share));
  return [...sums].sort(([a, one], [b, other]) => other - one || a.localeCompare(b)).map(([member]) => member);
}
