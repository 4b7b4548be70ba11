/** The address book of the example scenario (`examples/network/names.toml`), with where its sites are. `/#names=scenario` brings it in. */

import type { Entry } from "./names";

const place = (id: string, name: string, latitude: number, longitude: number): Entry => ({ id: `https://id.gs1.org/414/${id}`, name, latitude, longitude });

export const scenario: Entry[] = [
  place("9521101000108", "Turin, plant", 45.05, 7.63),
  place("9521101000207", "Turin, dispatch hall", 45.09, 7.72),
  place("9521201000107", "Fréjus, Italian side", 45.07, 6.7),
  place("9521301000106", "Fréjus, French side", 45.2, 6.67),
  place("9521301000205", "Strasbourg, staging area", 48.58, 7.75),
  place("9521401000105", "Świecko, border", 52.33, 14.6),
  place("9521401000204", "Suwałki, staging area", 54.11, 22.93),
  place("9521501000104", "Valga, border", 57.78, 26.03),
  place("9521501000203", "Tapa, depot", 59.26, 25.96),
  place("9521501000210", "Tapa, store", 59.27, 25.98),
  { id: "urn:epc:id:bic:NPSU2044172", name: "container NPSU2044172" },
  { id: "https://id.gs1.org/00/095211010000000115", name: "case 1" },
  { id: "https://id.gs1.org/00/095211010000000122", name: "case 2" },
  { id: "https://id.gs1.org/00/095211010000001013", name: "pallet 1" },
  { id: "https://id.gs1.org/00/095211010000001020", name: "pallet 2" },
];
