/** The receipt that the camera read last, for the page that checks it. */

/** What a scanner says instead of a text. */
export const RECEIPT_SCANNED = "receipt:";

let scanned: Uint8Array | undefined;

export function giveScanned(receipt: Uint8Array): void {
  scanned = receipt;
}

export const lastScanned = (): Uint8Array | undefined => scanned;
