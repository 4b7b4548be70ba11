/** A PDF as a printer at 300 dpi would make it, read by a library that has not drawn it. */

import { createCanvas } from "@napi-rs/canvas";
import { readFileSync } from "node:fs";
import { getDocument } from "pdfjs-dist/legacy/build/pdf.mjs";
import { prepareZXingModule, readBarcodes } from "zxing-wasm/reader";

const wasm = readFileSync("node_modules/zxing-wasm/dist/reader/zxing_reader.wasm");
prepareZXingModule({ overrides: { wasmBinary: wasm.buffer.slice(wasm.byteOffset, wasm.byteOffset + wasm.byteLength) as ArrayBuffer } });

/** The codes on the first page. */
export async function printedCodes(path: string) {
  const document = await getDocument({ data: new Uint8Array(readFileSync(path)), verbosity: 0, disableFontFace: true }).promise;
  const page = await document.getPage(1);
  const viewport = page.getViewport({ scale: 300 / 72 });
  const [width, height] = [Math.round(viewport.width), Math.round(viewport.height)];
  const canvas = createCanvas(width, height);
  const context = canvas.getContext("2d");
  await page.render({ canvas: canvas as never, canvasContext: context as never, viewport }).promise;
  const { data } = context.getImageData(0, 0, width, height);
  return readBarcodes({ data, width, height, colorSpace: "srgb" } as ImageData, { formats: ["QRCode", "DataMatrix"], textMode: "Plain", tryHarder: true, maxNumberOfSymbols: 60 });
}
