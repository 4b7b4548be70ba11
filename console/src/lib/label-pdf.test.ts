/** Labels on paper: the PDF is drawn at 300 dpi by one library and its codes are read by another than the one that made them. */

import { type Canvas, createCanvas } from "@napi-rs/canvas";
import { readFileSync, writeFileSync } from "node:fs";
import { getDocument } from "pdfjs-dist/legacy/build/pdf.mjs";
import { describe, expect, it } from "vitest";
import { prepareZXingModule, readBarcodes } from "zxing-wasm/reader";
import { dashed, type Line, lines, linkCode, markCode, MEASURES, receiptCode, type Size, SIZES } from "./label";
import { type Label, labelsPdf, sheets } from "./label-pdf";

const font = (name: string) => readFileSync(`node_modules/@fontsource/${name}`);
const fonts = { text: font("roboto/files/roboto-all-400-normal.woff"), bold: font("roboto-condensed/files/roboto-condensed-all-700-normal.woff") };
const wasm = readFileSync("node_modules/zxing-wasm/dist/reader/zxing_reader.wasm");
prepareZXingModule({ overrides: { wasmBinary: wasm.buffer.slice(wasm.byteOffset, wasm.byteOffset + wasm.byteLength) as ArrayBuffer } });

const LINK = "https://id.gs1.org/01/09521101120011/21/NP26-0006";
const MARK = "[)>\u001e05\u001d0109521101120011\u001d21NP26-0006\u001e\u0004";
/** The vector that Rust wrote: a compact receipt of a real network's form. */
const RECEIPT = new Uint8Array(readFileSync("../sdk/vectors/compact-accepted-ed25519.cose"));
const LINES: Line[] = [["NSN", "5330-01-234-5678"], ["CAGE", "A1234"], ["SER NO", "NP26-0006"], ["FROM", "Żółć, skład wojskowy"]];

async function label(receipt: Uint8Array | undefined, size: Size): Promise<Label> {
  const edge = MEASURES[size].receipt;
  return {
    kind: "Sztuka",
    title: "Zażółć gęślą jaźń",
    lines: LINES,
    link: await linkCode(LINK),
    mark: await markCode({ kind: "datamatrix", text: MARK }),
    receipt: receipt && edge ? await receiptCode(receipt, edge) : undefined,
    receiptNote: receipt ? "Pokwitowanie" : undefined,
  };
}

/** Page by page at a resolution, dots per inch. */
async function print(pdf: Uint8Array, dpi: number) {
  const document = await getDocument({ data: pdf.slice(), verbosity: 0, disableFontFace: true }).promise;
  const pages = [];
  for (let number = 1; number <= document.numPages; number++) {
    const page = await document.getPage(number);
    const viewport = page.getViewport({ scale: dpi / 72 });
    const canvas = createCanvas(Math.round(viewport.width), Math.round(viewport.height));
    await page.render({ canvas: canvas as never, canvasContext: canvas.getContext("2d") as never, viewport }).promise;
    const content = await page.getTextContent();
    pages.push({ canvas, text: content.items.map((item) => ("str" in item ? item.str : "")).join(" ") });
  }
  return pages;
}

/** The codes of the first label of a sheet. */
async function codes(canvas: Canvas, size: Size, dpi: number) {
  const sheet = sheets(size);
  const dots = (mm: number) => Math.round((mm / 25.4) * dpi);
  const { width: wide, height: high } = MEASURES[size];
  const [left, top] = [dots((sheet.width - sheet.columns * wide) / 2), dots((sheet.height - sheet.rows * high) / 2)];
  const [width, height] = [Math.min(dots(wide), canvas.width - left), Math.min(dots(high), canvas.height - top)];
  const pixels = canvas.getContext("2d").getImageData(left, top, width, height);
  return readBarcodes({ data: pixels.data, width, height, colorSpace: "srgb" } as ImageData, { formats: ["QRCode", "DataMatrix"], textMode: "Plain", tryHarder: true, maxNumberOfSymbols: 60 });
}

describe("labels on A4", () => {
  it("lie as label sheets are cut", () => {
    const counted = Object.fromEntries(SIZES.map((size) => [size, sheets(size).columns * sheets(size).rows]));
    expect(counted).toEqual({ item: 27, case: 8, pallet: 4, container: 2 });
  });

  for (const size of SIZES) {
    it(`of a ${size} are read from a print at 300 dpi, and Polish is Polish`, async () => {
      const pdf = await labelsPdf([await label(RECEIPT, size)], size, fonts, "Labels");
      if (process.env.CONVOY_LABELS) writeFileSync(`${process.env.CONVOY_LABELS}/${size}.pdf`, pdf);
      const [page] = await print(pdf, 300);
      if (page === undefined) throw new Error("no page");
      if (process.env.CONVOY_LABELS) writeFileSync(`${process.env.CONVOY_LABELS}/${size}.png`, page.canvas.toBuffer("image/png"));
      const found = await codes(page.canvas, size, 300);
      expect(found.filter((one) => one.format === "QRCode" && one.text === LINK)).toHaveLength(1);
      if (size !== "item") {
        expect(found.find((one) => one.format === "DataMatrix")?.text).toBe(MARK);
        const receipt = found.find((one) => one.format === "QRCode" && one.bytes.length > 500);
        expect(receipt?.bytes).toEqual(RECEIPT);
      }
      expect(page.text.replaceAll(/\s+/g, " ")).toContain("Zażółć gęślą jaźń");
      expect(page.text.replaceAll(/\s+/g, " ")).toContain("Żółć, skład wojskowy");
    });
  }

  it("fill as many pages as they need", async () => {
    const one = await label(undefined, "container");
    expect(await print(await labelsPdf([one, one, one], "container", fonts, "Labels"), 40)).toHaveLength(2);
  });
});

describe("a receipt as a code of 50 mm", () => {
  const bytes = (length: number) => Uint8Array.from({ length }, (_, index) => (index * 131 + (index >> 3) * 17) % 256);
  // Compact receipts have 500 to 1,500 bytes; 200 dpi is a worse printer.
  it.each([[500, 200], [1_012, 200], [1_012, 300], [1_250, 300], [1_500, 300]])("with %i bytes is read at %i dpi", async (length, dpi) => {
    const receipt = bytes(length);
    const [page] = await print(await labelsPdf([await label(receipt, "pallet")], "pallet", fonts, "Labels"), dpi);
    const found = await codes((page as NonNullable<typeof page>).canvas, "pallet", dpi);
    expect(found.find((one) => one.bytes.length === length)?.bytes).toEqual(receipt);
  });
  it("is left out where its modules would be too fine", async () => {
    expect(await receiptCode(bytes(2_600), 50)).toBeUndefined();
    expect(await receiptCode(bytes(5_000), 50)).toBeUndefined();
  });
});

it("a stock number has its dashes", () => expect(dashed("5330012345678")).toBe("5330-01-234-5678"));

it("lines for people are MIL-STD-129's, in its order, and only what is known", () => {
  const data = { nsn: "5330012345678", cage: "A1234", part_number: "PN-7", serial: null, lot: null, count: null, produced: null, expiry: "2027-01-31", best_before: null, order: null, gross_mass: { value: "12.5", unit: "KGM" }, origin: null, current_part_number: null };
  const view = { data, uii: "DA1234PN-7S1", forms: [{ name: "element string", text: "(01)09521101120011(21)NP26-0006" }] } as unknown as Parameters<typeof lines>[0];
  const item = [["NSN", "5330-01-234-5678"], ["CAGE", "A1234"], ["PART NO.", "PN-7"], ["GTIN", "09521101120011"], ["SER NO", "NP26-0006"], ["EXP", "2027-01-31"]];
  const uii = ["UII", "DA1234PN-7S1"];
  const shipment = { from: "Estonia", to: "France", pieces: 8 };
  expect(lines(view, "item", shipment)).toEqual([...item, uii]);
  expect(lines(view, "pallet", shipment)).toEqual([...item, ["FROM", "Estonia"], ["TO", "France"], ["PCS", "8"], ["GROSS WT", "12.5 KGM"], uii]);
});
