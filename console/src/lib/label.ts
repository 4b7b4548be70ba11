/**
 * What stands on a label, whatever it is drawn on: lines for people, and codes as grids of modules.
 *
 * Lines for people follow MIL-STD-129: for a unit or intermediate container NSN, CAGE, PART NO., SER NO, LOT NO., dates, QTY; for a
 * shipping container FROM, TO, pieces, gross weight. The abbreviations are the standard's in every language. Only what is known is printed.
 *
 * The receipt code: a QR code in binary mode with the compact receipt as it is. Its error correction is the strongest whose modules are
 * still large enough on the paper; below {@link MODULE_MM_MIN} no printer at 300 dpi and no phone is sure of them, and it is left out.
 */

import type { IdentifierView } from "../api/queries";

export const SIZES = ["item", "case", "pallet", "container"] as const;
export type Size = (typeof SIZES)[number];

/** Width and height, and the edge of its codes, millimetres. `receipt`: of the receipt's code. */
export const MEASURES: Record<Size, { width: number; height: number; code: number; receipt: number | undefined }> = {
  item: { width: 66, height: 33, code: 24, receipt: undefined },
  case: { width: 105, height: 74, code: 23, receipt: 50 },
  pallet: { width: 148, height: 105, code: 42, receipt: 50 },
  container: { width: 210, height: 148, code: 60, receipt: 60 },
};

/** A module of the receipt's code that is read with ease: four dots and more of a 300 dpi printer. */
const MODULE_MM_EASY = 0.36;
/** The smallest that is printed. */
export const MODULE_MM_MIN = 0.3;
/** Blank modules around a QR code (ISO/IEC 18004 section 9.1) and a Data Matrix (ISO/IEC 16022). */
const QUIET = { qrcode: 4, datamatrix: 1 };

/** A code: dark modules row by row, without its blank edge. */
export interface Grid {
  size: number;
  quiet: number;
  dark: readonly boolean[];
}

export type Mark = { kind: "datamatrix" | "gs1datamatrix"; text: string };

interface Drawn {
  pixs: ArrayLike<number>;
  pixx: number;
}

async function drawn(options: object, quiet: number): Promise<Grid> {
  const { default: bwip } = await import("bwip-js/browser");
  const [code] = (bwip as unknown as { raw: (options: object) => Drawn[] }).raw(options);
  if (code === undefined) throw new Error("no code was drawn");
  return { size: code.pixx, quiet, dark: Array.from(code.pixs, (module) => module === 1) };
}

/** The QR code of a link, legible when a quarter of it is dirt. */
export const linkCode = (text: string): Promise<Grid> => drawn({ bcid: "qrcode", text, eclevel: "Q" }, QUIET.qrcode);

/** The Data Matrix of an item's mark. */
export function markCode({ kind, text }: Mark): Promise<Grid> {
  // Control characters of ISO/IEC 15434 are written as ^NNN; a caret of the text itself as ^094.
  const escaped = kind === "datamatrix" ? [...text].map((letter) => (letter < " " || letter === "^" ? `^${String(letter.charCodeAt(0)).padStart(3, "0")}` : letter)).join("") : text;
  return drawn({ bcid: kind, text: escaped, ...(kind === "datamatrix" && { parse: true }) }, QUIET.datamatrix);
}

/** The QR code of a compact receipt on a square of `edgeMm`, or nothing where it would be too fine to read. */
export async function receiptCode(receipt: Uint8Array, edgeMm: number): Promise<Grid | undefined> {
  const text = Array.from(receipt, (byte) => String.fromCharCode(byte)).join("");
  let finest: Grid | undefined;
  for (const eclevel of ["Q", "M", "L"]) {
    let made: Grid;
    try {
      made = await drawn({ bcid: "qrcode", text, binarytext: true, eclevel }, QUIET.qrcode);
    } catch {
      // More bytes than the largest code of this level holds.
      continue;
    }
    const moduleMm = edgeMm / (made.size + 2 * made.quiet);
    if (moduleMm >= MODULE_MM_EASY) return made;
    if (moduleMm >= MODULE_MM_MIN) finest = made;
  }
  return finest;
}

/** A line for people: an abbreviation of the standard, and what it says. */
export type Line = readonly [name: string, value: string];

/** What else is known of what a shipping label is for. */
export interface Shipment {
  from?: string | undefined;
  to?: string | undefined;
  pieces?: number | undefined;
}

/** `5330-01-234-5678` from thirteen digits. */
export const dashed = (nsn: string): string => (/^\d{13}$/.test(nsn) ? `${nsn.slice(0, 4)}-${nsn.slice(4, 6)}-${nsn.slice(6, 9)}-${nsn.slice(9)}` : nsn);

/** The lines that apply, in the standard's order. */
export function lines(view: IdentifierView, size: Size, shipment: Shipment): Line[] {
  const element = (ai: string) => new RegExp(`\\(${ai}\\)([^(]+)`).exec(textOf(view, "element string") ?? "")?.[1];
  const { data } = view;
  const unit: (readonly [string, string | null | undefined])[] = [
    ["NSN", data.nsn && dashed(data.nsn)],
    ["CAGE", data.cage],
    ["PART NO.", data.part_number ?? data.current_part_number],
    ["GTIN", element("01")],
    ["SER NO", data.serial ?? element("21")],
    ["LOT NO.", data.lot ?? element("10")],
    ["MFD", data.produced],
    ["EXP", data.expiry ?? data.best_before],
    ["QTY", data.count === null || data.count === undefined ? undefined : `${data.count} EA`],
    ["CONTRACT", data.order],
  ];
  const shipping: (readonly [string, string | null | undefined])[] = [
    ["SSCC", element("00")],
    ["FROM", shipment.from],
    ["TO", shipment.to],
    ["PCS", shipment.pieces === undefined || shipment.pieces === 0 ? undefined : String(shipment.pieces)],
    ["GROSS WT", data.gross_mass && `${data.gross_mass.value} ${data.gross_mass.unit}`],
    ["ORIGIN", data.origin],
  ];
  const all = size === "item" ? unit : [...unit, ...shipping];
  const told = all.flatMap(([name, value]): Line[] => (value ? [[name, String(value)]] : []));
  return view.uii ? [...told, ["UII", view.uii]] : told;
}

/** One form of an identifier, as the node wrote it. */
export const textOf = (view: IdentifierView, name: string): string | undefined => (view.forms.find((one) => one.name === name) as { text?: string } | undefined)?.text;

/** What the Data Matrix holds: the UII's mark where there is one, else the GS1 element string. */
export function markOf(view: IdentifierView): Mark | undefined {
  const mark = textOf(view, "uii data matrix");
  const elements = textOf(view, "element string");
  return mark ? { kind: "datamatrix", text: mark } : elements ? { kind: "gs1datamatrix", text: elements } : undefined;
}
