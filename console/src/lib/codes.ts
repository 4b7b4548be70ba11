/** Reads codes from pictures. The WebAssembly of the reader is a file of the console; nothing is fetched from elsewhere. */

import { prepareZXingModule, readBarcodes } from "zxing-wasm/reader";
import { giveScanned, RECEIPT_SCANNED } from "./scanned";
import wasm from "zxing-wasm/reader/zxing_reader.wasm?url";

prepareZXingModule({ overrides: { locateFile: (path: string, prefix: string) => (path.endsWith(".wasm") ? wasm : prefix + path) } });

const PIXELS_MAX = 1_280;
let canvas: HTMLCanvasElement | undefined;

/** The text of the first code in the picture. */
export async function read(source: HTMLVideoElement): Promise<string | undefined> {
  const scale = Math.min(1, PIXELS_MAX / Math.max(1, source.videoWidth));
  const [width, height] = [Math.round(source.videoWidth * scale), Math.round(source.videoHeight * scale)];
  if (width === 0 || height === 0) return undefined;
  canvas ??= document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (context === null) return undefined;
  context.drawImage(source, 0, 0, width, height);
  return decode(context.getImageData(0, 0, width, height));
}

/** How a compact receipt begins: its CBOR tag. */
const RECEIPT = [0xda, 0x63, 0x6e, 0x76, 0x01];
const FORMATS = ["QRCode", "DataMatrix", "Code128", "EAN13", "ITF"] as const;

/** The receipt in a picture of a label, or nothing. */
export async function receiptIn(picture: Blob): Promise<Uint8Array | undefined> {
  const found = await readBarcodes(picture, { formats: ["QRCode"], tryHarder: true, maxNumberOfSymbols: 20 });
  return found.find((code) => isReceipt(code.bytes))?.bytes;
}

const isReceipt = (bytes: Uint8Array) => RECEIPT.every((byte, at) => bytes[at] === byte);

/** The text of the first code: of a GS1 code with its symbology identifier, so that the node knows how to read it. */
export async function decode(image: ImageData | Blob): Promise<string | undefined> {
  const [found] = await readBarcodes(image, { formats: [...FORMATS], maxNumberOfSymbols: 1, textMode: "Plain" });
  if (!found?.isValid) return undefined;
  if (isReceipt(found.bytes)) {
    giveScanned(found.bytes);
    return RECEIPT_SCANNED;
  }
  const gs1 = found.contentType === "GS1" && found.symbologyIdentifier;
  return gs1 ? found.symbologyIdentifier + found.text : found.text;
}
