/** The chart under the map page: MapLibre with countries from an npm package; sites are buttons, gathered where they are too close. */

import "maplibre-gl/dist/maplibre-gl.css";
import * as maplibregl from "maplibre-gl";
import worker from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import { feature } from "topojson-client";
import countries from "world-atlas/countries-50m.json?url";
import type { GeometryCollection, Topology } from "topojson-specification";
import { useEffect, useRef, useState } from "react";
import { number, t } from "../i18n";

maplibregl.setWorkerUrl(worker);

export interface Site {
  id: string;
  name: string;
  longitude: number;
  latitude: number;
  count: number;
}

/** A consignment where it was last. */
export interface Moving {
  id: string;
  name: string;
  place: string;
  longitude: number;
  latitude: number;
}

/** A part of a consignment's way. */
export interface Leg {
  from: readonly [number, number];
  to: readonly [number, number];
  /** Still ahead of it. */
  ahead: boolean;
}

interface Props {
  moving: readonly Moving[];
  legs: readonly Leg[];
  /** Shows where a consignment went. */
  view: (id: string) => void;
  sites: readonly Site[];
  path: readonly [number, number][];
  chosen: string | undefined;
  choose: (place: string) => void;
}

/** Closer than this on the screen, pixels, sites become one button. */
const GATHER_PX = 46;
/** Names are shown from so near on. */
const NAMES_ZOOM = 4.2;

const SCHEMES = {
  light: { sea: "#c9d6d6", land: "#f1efe6", border: "#a9a796", path: "#7a5006" },
  dark: { sea: "#0d1a1e", land: "#232d27", border: "#4b594f", path: "#e6b45c" },
};

export default function Chart({ sites, moving, legs, path, chosen, choose, view }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const [chart, setChart] = useState<maplibregl.Map>();
  const fitted = useRef(false);

  useEffect(() => {
    if (box.current === null) return;
    const colours = SCHEMES[document.documentElement.dataset.mantineColorScheme === "dark" ? "dark" : "light"];
    const empty = { type: "FeatureCollection", features: [] } as GeoJSON.FeatureCollection;
    const made = new maplibregl.Map({
      container: box.current,
      center: [15, 52],
      zoom: 3.4,
      maxZoom: 11,
      attributionControl: false,
      dragRotate: false,
      style: {
        version: 8,
        sources: { land: { type: "geojson", data: empty }, path: { type: "geojson", data: empty }, legs: { type: "geojson", data: empty } },
        layers: [
          { id: "sea", type: "background", paint: { "background-color": colours.sea } },
          { id: "land", type: "fill", source: "land", paint: { "fill-color": colours.land } },
          { id: "border", type: "line", source: "land", paint: { "line-color": colours.border, "line-width": 0.8 } },
          { id: "gone", type: "line", source: "legs", filter: ["!", ["get", "ahead"]], layout: { "line-cap": "round" }, paint: { "line-color": colours.path, "line-width": 2, "line-opacity": 0.75 } },
          { id: "ahead", type: "line", source: "legs", filter: ["get", "ahead"], layout: { "line-cap": "round" }, paint: { "line-color": colours.path, "line-width": 2, "line-dasharray": [0.5, 2], "line-opacity": 0.75 } },
          { id: "path", type: "line", source: "path", layout: { "line-cap": "round", "line-join": "round" }, paint: { "line-color": colours.path, "line-width": 3, "line-dasharray": [1, 1.6] } },
        ],
      },
    });
    made.addControl(new maplibregl.NavigationControl({ showCompass: false }), "top-right");
    made.addControl(new maplibregl.AttributionControl({ compact: false, customAttribution: "Natural Earth" }));
    made.touchZoomRotate.disableRotation();
    let gone = false;
    made.on("load", () => {
      void land().then((data) => {
        if (gone) return;
        (made.getSource("land") as maplibregl.GeoJSONSource).setData(data);
        setChart(made);
      });
    });
    return () => {
      gone = true;
      made.remove();
    };
  }, []);

  useEffect(() => {
    if (!chart) return;
    const line: GeoJSON.Feature = { type: "Feature", properties: {}, geometry: { type: "LineString", coordinates: path as [number, number][] } };
    (chart.getSource("path") as maplibregl.GeoJSONSource).setData(path.length > 1 ? line : { type: "FeatureCollection", features: [] });
  }, [chart, path]);

  useEffect(() => {
    if (!chart) return;
    const features = legs.map(({ from, to, ahead }): GeoJSON.Feature => ({ type: "Feature", properties: { ahead }, geometry: { type: "LineString", coordinates: [[...from], [...to]] } }));
    (chart.getSource("legs") as maplibregl.GeoJSONSource).setData({ type: "FeatureCollection", features });
  }, [chart, legs]);

  useEffect(() => {
    if (!chart) return;
    if (!fitted.current && sites.length > 0) {
      fitted.current = true;
      const bounds = new maplibregl.LngLatBounds();
      for (const site of sites) bounds.extend([site.longitude, site.latitude]);
      chart.fitBounds(bounds, { padding: 70, maxZoom: 7, animate: false });
    }
    let drawn: maplibregl.Marker[] = [];
    const draw = () => {
      for (const marker of drawn) marker.remove();
      drawn = [...gather(chart, sites).map((group) => pin(chart, group, chosen, choose)), ...gather(chart, moving).map((group) => truck(chart, group, view))];
      if (box.current) box.current.dataset.ready = String(drawn.length);
    };
    draw();
    chart.on("zoomend", draw);
    return () => {
      chart.off("zoomend", draw);
      for (const marker of drawn) marker.remove();
    };
  }, [chart, sites, moving, chosen, choose, view]);

  return <div ref={box} className="chart" role="region" aria-label={t("map.chart")} />;
}

async function land(): Promise<GeoJSON.FeatureCollection> {
  const { ask } = await import("../api/client");
  const topology = (await ask(countries)) as Topology<{ countries: GeometryCollection }>;
  const whole = feature(topology, topology.objects.countries) as GeoJSON.FeatureCollection;
  const features = whole.features.flatMap(({ geometry }) => {
    const polygons = geometry.type === "MultiPolygon" ? geometry.coordinates : geometry.type === "Polygon" ? [geometry.coordinates] : [];
    return polygons.map((coordinates): GeoJSON.Feature => ({ type: "Feature", properties: {}, geometry: { type: "Polygon", coordinates: coordinates.map(unwrap) } }));
  });
  return { type: "FeatureCollection", features };
}

/** A ring that crosses the 180th meridian, in one piece: as it is written, it would run once around the earth instead. */
function unwrap(ring: GeoJSON.Position[]): GeoJSON.Position[] {
  let turn = 0;
  return ring.map(([longitude = 0, latitude = 0], index) => {
    const step = longitude - (ring[index - 1]?.[0] ?? longitude);
    if (step > 180) turn -= 360;
    else if (step < -180) turn += 360;
    return [longitude + turn, latitude];
  });
}

/** Sites that would lie on each other, together. */
function gather<Spot extends { longitude: number; latitude: number }>(chart: maplibregl.Map, sites: readonly Spot[]): Spot[][] {
  const groups: { x: number; y: number; sites: Spot[] }[] = [];
  for (const site of sites) {
    const at = chart.project([site.longitude, site.latitude]);
    const near = groups.find((group) => Math.hypot(group.x - at.x, group.y - at.y) < GATHER_PX);
    if (near) near.sites.push(site);
    else groups.push({ x: at.x, y: at.y, sites: [site] });
  }
  return groups.map((group) => group.sites);
}

function pin(chart: maplibregl.Map, group: Site[], chosen: string | undefined, choose: (place: string) => void): maplibregl.Marker {
  const [first] = group;
  const count = group.reduce((sum, site) => sum + site.count, 0);
  const names = group.map((site) => site.name).join(", ");
  const holder = document.createElement("div");
  const button = document.createElement("button");
  button.type = "button";
  button.className = `pin ${count === 0 ? "nothing" : ""} ${group.length > 1 ? "many" : ""}`;
  button.textContent = count === 0 ? "" : number(count);
  button.setAttribute("aria-label", t("map.pin", { place: names, n: count }));
  button.title = names;
  button.setAttribute("aria-pressed", String(group.some((site) => site.id === chosen)));
  const longitude = group.reduce((sum, site) => sum + site.longitude, 0) / group.length;
  const latitude = group.reduce((sum, site) => sum + site.latitude, 0) / group.length;
  button.addEventListener("click", () => {
    if (group.length === 1 && first) choose(first.id);
    else if (chart.getZoom() > 9.5 && first) choose((group.find((site) => site.count > 0) ?? first).id);
    else chart.easeTo({ center: [longitude, latitude], zoom: chart.getZoom() + 2, duration: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 300 });
  });
  holder.append(button);
  if (chart.getZoom() >= NAMES_ZOOM) {
    const name = document.createElement("span");
    name.className = "pin-name";
    name.ariaHidden = "true";
    name.textContent = group.length === 1 ? (first?.name ?? "") : t("map.sites", { n: group.length });
    holder.append(name);
  }
  return new maplibregl.Marker({ element: holder }).setLngLat([longitude, latitude]).addTo(chart);
}

/** Beside the place where they were last, so that both can be touched. */
const BESIDE_PX: [number, number] = [42, 12];

function truck(chart: maplibregl.Map, group: Moving[], view: (id: string) => void): maplibregl.Marker {
  const [first] = group;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "pin moving";
  button.textContent = `▸ ${number(group.length)}`;
  button.setAttribute("aria-label", t("map.moving", { n: group.length, place: first?.place ?? "" }));
  button.title = group.map((one) => one.name).join(", ");
  button.addEventListener("click", () => {
    if (first) view(first.id);
  });
  return new maplibregl.Marker({ element: button, offset: BESIDE_PX }).setLngLat([first?.longitude ?? 0, first?.latitude ?? 0]).addTo(chart);
}
