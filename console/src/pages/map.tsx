/** The map: sites and what is last known to be at each, filtered, live; a table beside it says the same. Drawn from data of the console itself. */

import { Button, Select } from "@mantine/core";
import { useQueries, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useCallback, useMemo } from "react";
import { consignments, objectsAt, type Placed, stock, trace } from "../api/queries";
import { t, word } from "../i18n";
import { kindOf, labelOf } from "../lib/goods";
import { useBook } from "../lib/names";
import { Empty, Head, Sheet, Trouble, Waiting } from "../ui/bits";
import { useMembers } from "../ui/hooks";
import type { Leg, Moving, Site } from "../ui/chart";
import { DataTable } from "../ui/table";
import { wayColumns } from "../modules/custody/watching";
import { placedColumns } from "./places";

const Chart = lazy(() => import("../ui/chart"));
const route = getRouteApi("/inside/map");
/** So many places are asked for the things that are there, for the table; how many there are is known of all. */
const PLACES_MAX = 120;

export function MapPage() {
  const search = route.useSearch();
  const navigate = useNavigate();
  const members = useMembers();
  const book = useBook();
  const { data: counted, error } = useQuery(stock());
  const { data: way } = useQuery(consignments());
  const all = useMemo(() => counted?.places ?? [], [counted]);
  const full = all.filter((place) => place.members.length > 0);
  const asked = (search.place ? full.filter((place) => place.place === search.place) : full).slice(0, PLACES_MAX);
  const found = useQueries({ queries: asked.map((place) => objectsAt(place.place)) });
  const ready = counted !== undefined && found.every((one) => !one.isPending);
  const stamp = found.map((one) => one.dataUpdatedAt).join();

  const where = useMemo(() => {
    const known = new Map<string, [number, number]>();
    for (const one of all) if (one.latitude !== undefined && one.longitude !== undefined) known.set(one.place, [Number(one.longitude), Number(one.latitude)]);
    for (const entry of book.values()) if (entry.latitude !== undefined && entry.longitude !== undefined) known.set(entry.id, [entry.longitude, entry.latitude]);
    return known;
  }, [all, book]);

  const objects: Placed[] = useMemo(
    () => [...new Map(found.flatMap((one) => one.data?.objects ?? []).map((one) => [one.id + (one.holder ?? "") + one.place, one])).values()],
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the answers are new exactly when one of their times is
    [stamp],
  );
  const kinds = [...new Set(objects.map((one) => kindOf(one.id)))].sort();
  const conditions = [...new Set(objects.flatMap((one) => (one.disposition ? [one.disposition] : [])))].sort();
  const shown = objects.filter((one) => (!search.holder || one.custodian === search.holder) && (!search.kind || kindOf(one.id) === search.kind) && (!search.condition || one.disposition === search.condition));
  const inTable = shown.filter((one) => !search.place || one.place === search.place);
  // By what kind of thing and in which condition only the things themselves tell; how many and whose, the count of all places.
  const narrow = search.kind !== undefined || search.condition !== undefined;
  const sites: Site[] = all.flatMap(({ place, members: shares }) => {
    const at = where.get(place);
    const counts = shares.filter((share) => !search.holder || share.member === search.holder).map((share) => share.objects + share.amounts);
    const count = narrow ? shown.filter((one) => one.place === place).length : counts.reduce((sum, one) => sum + one, 0);
    return at === undefined ? [] : [{ id: place, name: labelOf(place), longitude: at[0], latitude: at[1], count }];
  });
  const nowhere = all.filter(({ place }) => !where.has(place));
  const travelling = (way?.consignments ?? []).filter((one) => (!search.holder || one.custodian === search.holder) && (!search.kind || kindOf(one.id) === search.kind) && (!search.condition || one.disposition === search.condition));
  const moving: Moving[] = travelling.flatMap((one) => {
    const at = where.get(one.last_place ?? "");
    return at === undefined ? [] : [{ id: one.id, name: labelOf(one.id), place: labelOf(one.last_place ?? ""), longitude: at[0], latitude: at[1] }];
  });
  const legs: Leg[] = travelling.flatMap((one) => {
    const at = (place: string | null | undefined) => where.get(place ?? "");
    const [from, last, next] = [at(one.from), at(one.last_place), at(one.next_place)];
    return [...(from && last ? [{ from, to: last, ahead: false }] : []), ...(last && next ? [{ from: last, to: next, ahead: true }] : [])];
  });
  const choose = useCallback((place: string) => void navigate({ to: "/map", search: (now) => ({ ...now, place }), replace: true }), [navigate]);
  const view = useCallback((id: string) => void navigate({ to: "/map", search: (now) => ({ ...now, view: id }), replace: true }), [navigate]);
  const set = (next: Partial<typeof search>) => void navigate({ to: "/map", search: { ...search, ...next }, replace: true });
  const { data: traced } = useQuery({ ...trace(search.view ?? ""), enabled: search.view !== undefined });
  const path = (traced?.history ?? []).flatMap((entry) => {
    const at = where.get(entry.place ?? entry.read_point ?? "");
    return at && entry.standing !== "void" ? [at] : [];
  });

  if (error) return <Trouble error={error} />;
  return (
    <>
      <Head title={t("nav.map")} about={t("map.about")} />
      <Sheet>
        <div className="filters">
          <Select label={t("trace.custodian")} clearable searchable placeholder={t("custody.any")} data={[...members.values()].map((one) => ({ value: one.member, label: one.name }))} value={search.holder ?? null} onChange={(value) => set({ holder: value ?? undefined })} />
          <Select label={t("search.kind")} clearable placeholder={t("custody.any")} data={kinds} value={search.kind ?? null} onChange={(value) => set({ kind: value ?? undefined })} />
          <Select label={t("trace.condition")} clearable placeholder={t("custody.any")} data={conditions.map((value) => ({ value, label: word("condition", value) }))} value={search.condition ?? null} onChange={(value) => set({ condition: value ?? undefined })} />
          {search.place && <Button variant="default" onClick={() => set({ place: undefined })}>{t("map.all_places", { place: labelOf(search.place) })}</Button>}
          {search.view && <Button variant="default" onClick={() => set({ view: undefined })}>{t("map.no_route", { what: labelOf(search.view) })}</Button>}
        </div>
        <Suspense fallback={<Waiting lines={10} />}>
          <Chart sites={sites} moving={moving} legs={legs} path={path} chosen={search.place} choose={choose} view={view} />
        </Suspense>
        <ul className="legend" aria-hidden>
          <li><i className="place" />{t("map.legend_place")}</li>
          <li><i className="moving" />{t("map.legend_moving")}</li>
          <li><i className="ahead" />{t("map.legend_ahead")}</li>
        </ul>
        {nowhere.length > 0 && ready && (
          <p className="small quiet" style={{ padding: "0.5rem 1rem", borderTop: "1px solid var(--line)" }}>
            {t("map.nowhere", { n: nowhere.length })} <Link to="/settings">{t("settings.book")}</Link>
          </p>
        )}
      </Sheet>
      <div style={{ height: "1rem" }} />
      {travelling.length > 0 && !search.place && (
        <>
          <Sheet title={t("way.title")}>
            <DataTable rows={travelling} columns={wayColumns()} id={(row) => row.id} file="consignments" caption={t("way.title")} empty={<Empty title={t("way.none")} />} />
          </Sheet>
          <div style={{ height: "1rem" }} />
        </>
      )}
      <Sheet title={search.place ? labelOf(search.place) : t("map.objects")}>
        <DataTable
          rows={ready ? inTable : undefined}
          columns={[{ name: "place", title: t("goods.place"), cell: (row) => <button type="button" className="linklike" onClick={() => set({ place: row.place })}>{labelOf(row.place)}</button>, value: (row) => row.place }, ...placedColumns()]}
          id={(row) => row.id + (row.holder ?? "") + row.place + (row.quantity ?? "")}
          file="objects"
          caption={t("map.objects")}
          empty={<Empty title={t("places.nothing")}>{t("map.none")}</Empty>}
        />
      </Sheet>
    </>
  );
}
