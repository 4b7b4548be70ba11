/**
 * Labels as PDF: sheets of A4, codes as vectors, fonts inside so that every letter of Europe prints on any machine.
 *
 * Flow: {@link sheets} places labels of one size on pages → each is drawn: codes on the left, the name and lines for people beside or below.
 * Text that does not fit is made smaller, then cut with an ellipsis: a code is never covered.
 */

import fontkit from "@pdf-lib/fontkit";
import { degrees, fill, PDFDocument, type PDFFont, type PDFPage, popGraphicsState, pushGraphicsState, rectangle, rgb, setFillingRgbColor } from "pdf-lib";
import { type Grid, type Line, MEASURES, type Size } from "./label";

export interface Label {
  kind: string;
  title: string;
  lines: readonly Line[];
  link: Grid;
  mark: Grid | undefined;
  receipt: Grid | undefined;
  /** What stands under the receipt's code, or in its place where there is none. */
  receiptNote: string | undefined;
}

const MM = 72 / 25.4;
const PAGE = { short: 210, long: 297 };
const EDGE_MM = 3;
const GAP_MM = 2.5;

/** How labels of a size lie on A4. */
export function sheets(size: Size): { width: number; height: number; columns: number; rows: number } {
  const { width, height } = MEASURES[size];
  const upright = { width: PAGE.short, height: PAGE.long };
  const lying = { width: PAGE.long, height: PAGE.short };
  const on = (page: { width: number; height: number }) => ({ ...page, columns: Math.floor(page.width / width), rows: Math.floor(page.height / height) });
  const [first, second] = [on(upright), on(lying)];
  return second.columns * second.rows > first.columns * first.rows ? second : first;
}

export interface Fonts {
  text: Uint8Array | ArrayBuffer;
  bold: Uint8Array | ArrayBuffer;
}

/** The document. `title` is what it is called in a reader. */
export async function labelsPdf(labels: readonly Label[], size: Size, fonts: Fonts, title: string): Promise<Uint8Array> {
  const document = await PDFDocument.create();
  document.registerFontkit(fontkit);
  document.setTitle(title);
  document.setCreator("Convoy");
  const [text, bold] = await Promise.all([document.embedFont(fonts.text, { subset: true }), document.embedFont(fonts.bold, { subset: true })]);
  const sheet = sheets(size);
  const { width, height } = MEASURES[size];
  const perPage = sheet.columns * sheet.rows;
  const margin = { x: (sheet.width - sheet.columns * width) / 2, y: (sheet.height - sheet.rows * height) / 2 };
  for (let start = 0; start < labels.length; start += perPage) {
    const page = document.addPage([sheet.width * MM, sheet.height * MM]);
    labels.slice(start, start + perPage).forEach((label, place) => {
      const left = margin.x + (place % sheet.columns) * width;
      const top = sheet.height - margin.y - Math.floor(place / sheet.columns) * height;
      cutMarks(page, left, top, width, height);
      draw(page, label, size, { left, top }, { text, bold });
    });
  }
  return document.save();
}

interface Faces {
  text: PDFFont;
  bold: PDFFont;
}
interface Corner {
  left: number;
  top: number;
}

function cutMarks(page: PDFPage, left: number, top: number, width: number, height: number): void {
  const grey = rgb(0.7, 0.7, 0.7);
  const line = (x1: number, y1: number, x2: number, y2: number) =>
    page.drawLine({ start: { x: x1 * MM, y: y1 * MM }, end: { x: x2 * MM, y: y2 * MM }, thickness: 0.25, color: grey });
  for (const [x, inwards] of [[left, 1], [left + width, -1]] as const) {
    for (const [y, down] of [[top, -1], [top - height, 1]] as const) {
      line(x, y, x + 2 * inwards, y);
      line(x, y, x, y + 2 * down);
    }
  }
}

/** Draws a code with its blank edge into a square. One path, so that no seam shows between modules. */
function code(page: PDFPage, grid: Grid, left: number, top: number, edge: number): void {
  const step = (edge * MM) / (grid.size + 2 * grid.quiet);
  const [x0, y0] = [left * MM + grid.quiet * step, top * MM - grid.quiet * step];
  const drawn = [];
  for (let row = 0; row < grid.size; row++) {
    for (let column = 0; column < grid.size; ) {
      let run = 0;
      while (column + run < grid.size && grid.dark[row * grid.size + column + run]) run++;
      if (run > 0) drawn.push(rectangle(x0 + column * step, y0 - (row + 1) * step, run * step, step));
      column += Math.max(run, 1);
    }
  }
  page.pushOperators(pushGraphicsState(), setFillingRgbColor(0, 0, 0), ...drawn, fill(), popGraphicsState());
}

function draw(page: PDFPage, label: Label, size: Size, { left, top }: Corner, faces: Faces): void {
  const { width, height, code: edge, receipt } = MEASURES[size];
  const [x, y] = [left + EDGE_MM, top - EDGE_MM];
  const right = left + width - EDGE_MM;
  const floor = top - height + EDGE_MM;
  if (size === "item") {
    code(page, label.link, left + 1.5, top - 1.5, edge);
    page.drawText(label.kind.toUpperCase(), { x: (left + 2.5) * MM, y: (top - edge - 4) * MM, size: 5, font: faces.text });
    words(page, label, { x: left + edge + 3, right: left + width - 2, top: top - 2.5, floor: top - height + 2 }, [8, 5.5], faces);
    return;
  }
  const beside = receipt !== undefined && (label.receipt || label.receiptNote) ? receipt + GAP_MM : 0;
  if (beside > 0 && receipt !== undefined) {
    if (label.receipt) code(page, label.receipt, left + 1.5, top - 1.5, receipt);
    const note = fit(label.receiptNote ?? "", faces.text, (receipt - 4) * MM, size === "case" ? 6 : 7, 3);
    note.lines.forEach((line, index) =>
      page.drawText(line, { x: (left + 3) * MM, y: (top - 1.5 - (label.receipt ? receipt : 4)) * MM - (index + 1) * note.size * 1.15, size: note.size, font: faces.text }),
    );
  }
  const codesLeft = x + beside;
  code(page, label.link, codesLeft, y, edge);
  if (label.mark) code(page, label.mark, codesLeft + edge, y, edge);
  const sizes = { case: [13, 7.5], pallet: [22, 10], container: [34, 15] }[size] as [number, number];
  // Beside the receipt's code, under the small ones; on a case the name has the whole width below all of them.
  words(page, label, { x: codesLeft, right, top: y - edge - 1.5, floor }, sizes, faces);
  page.drawText(label.kind.toUpperCase(), { x: (right - 1.2) * MM, y: (floor + 1) * MM, size: sizes[1] * 0.8, font: faces.text, rotate: degrees(90), color: rgb(0.25, 0.25, 0.25) });
}

interface Room {
  x: number;
  right: number;
  top: number;
  floor: number;
}

/** The name, then the lines, smaller until they fit the room. */
function words(page: PDFPage, label: Label, room: Room, [titleSize, lineSize]: [number, number], faces: Faces): void {
  const width = (room.right - room.x - 5) * MM;
  const height = (room.top - room.floor) * MM;
  for (let scale = 1; ; scale -= 0.08) {
    const title = fit(label.title, faces.bold, width, titleSize * scale, 2);
    const size = lineSize * scale;
    const told = label.lines.map((line) => fit(`${line[0]}  ${line[1]}`, faces.text, width, size, 2));
    const needed = title.lines.length * title.size * 1.15 + told.reduce((sum, line) => sum + line.lines.length * size * 1.28, 0) + size * 0.4;
    const last = scale < 0.45;
    if (needed > height && !last) continue;
    let y = room.top * MM;
    for (const line of title.lines) {
      y -= title.size * 1.05;
      page.drawText(line, { x: room.x * MM, y, size: title.size, font: faces.bold });
    }
    y -= size * 0.4;
    for (const line of told.flatMap((one) => one.lines)) {
      y -= size * 1.28;
      if (y < room.floor * MM) return;
      page.drawText(line, { x: room.x * MM, y, size, font: faces.text });
    }
    return;
  }
}

/** Text in lines of a width; what is too long for `most` lines ends in an ellipsis. */
function fit(text: string, font: PDFFont, width: number, size: number, most: number): { lines: string[]; size: number } {
  const lines: string[] = [];
  let line = "";
  const wide = (candidate: string) => font.widthOfTextAtSize(candidate, size) > width;
  for (const word of text.split(/(?<=[ /·-])/)) {
    if (line !== "" && wide(line + word)) {
      lines.push(line.trimEnd());
      line = "";
    }
    line += word;
    while (wide(line) && line.length > 1) {
      let cut = line.length - 1;
      while (cut > 1 && wide(line.slice(0, cut))) cut--;
      lines.push(line.slice(0, cut));
      line = line.slice(cut);
    }
  }
  if (line.trim() !== "") lines.push(line.trimEnd());
  if (lines.length <= most) return { lines, size };
  const kept = lines.slice(0, most);
  kept[most - 1] = `${(kept[most - 1] ?? "").slice(0, -1)}…`;
  return { lines: kept, size };
}
