/**
 * Labels to print: a QR code with the GS1 Digital Link, a Data Matrix with the item's unique identifier (ISO/IEC 15434) or its GS1 element
 * string, and what people read. Printing to a file gives a PDF. Codes are drawn as vectors.
 */

import { Button, SegmentedControl } from "@mantine/core";
import { IconPrinter } from "@tabler/icons-react";
import { useQueries } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { contents as contentsQuery, identifier, type IdentifierView, type Content } from "../api/queries";
import { t } from "../i18n";
import { kindOf, labelOf, shortOf, splitList } from "../lib/goods";
import { nameOf } from "../lib/names";
import { Empty, Head, Sheet } from "../ui/bits";
import { IdentifierList, useRead } from "../ui/identifiers";

const route = getRouteApi("/inside/labels");
const SIZES = ["item", "case", "pallet"] as const;
type Size = (typeof SIZES)[number];

export function LabelsPage() {
  const { ids = "", size: asked } = route.useSearch();
  const navigate = useNavigate();
  const size: Size = SIZES.find((one) => one === asked) ?? "case";
  const [text, setText] = useState(ids.replaceAll(";", "\n"));
  const read = useRead(text);
  const epcs = read.flatMap((one) => (one.epc ? [one.epc] : []));
  const inside = useQueries({ queries: epcs.slice(0, 20).map((id) => contentsQuery(id)) });
  const packed = [...new Set(inside.flatMap((one) => flat(one.data?.contents ?? [])))].filter((id) => !epcs.includes(id));
  const views = useQueries({ queries: epcs.map((id) => identifier(id)) });
  const put = (next: string) => {
    setText(next);
    void navigate({ to: "/labels", search: { ids: splitList(next).join(";") || undefined, size: asked }, replace: true });
  };
  return (
    <>
      <Head title={t("nav.labels")} about={t("labels.about")}>
        <Button size="md" leftSection={<IconPrinter size={18} aria-hidden />} disabled={epcs.length === 0} onClick={() => print()}>{t("labels.print")}</Button>
      </Head>
      <div className="stack">
        <Sheet className="no-print">
          <div className="body form">
            <IdentifierList label={t("custody.objects")} description={t("receive.list_more")} value={text} onChange={put} read={read} />
            {packed.length > 0 && <div><Button variant="default" onClick={() => put(`${text.trimEnd()}\n${packed.join("\n")}`)}>{t("labels.add_contents", { n: packed.length })}</Button></div>}
            <SegmentedControl aria-label={t("labels.size")} value={size} onChange={(value) => void navigate({ to: "/labels", search: { ids: ids || undefined, size: value }, replace: true })} data={SIZES.map((value) => ({ value, label: t(`labels.${value}`) }))} transitionDuration={0} />
          </div>
        </Sheet>
        {epcs.length === 0 ? <Sheet><Empty title={t("labels.none")}>{t("labels.none_more")}</Empty></Sheet> : (
          <div className="labels">
            {views.map((one, index) => one.data && <Label key={epcs[index]} id={epcs[index] ?? ""} view={one.data} size={size} />)}
          </div>
        )}
      </div>
    </>
  );
}

const flat = (list: readonly Content[]): string[] => list.flatMap((one) => (one.quantity ? [] : [one.id]).concat(flat(one.contents ?? [])));

/** Edge of the codes, millimetres. */
const EDGE: Record<Size, number> = { item: 22, case: 34, pallet: 52 };

function Label({ id, view, size }: { id: string; view: IdentifierView; size: Size }) {
  const form = (name: string) => view.forms.find((one) => one.name === name) as { text?: string } | undefined;
  const link = form("digital link")?.text ?? form("epc urn")?.text ?? id;
  const mark = form("uii data matrix")?.text;
  const elements = form("element string")?.text;
  const lines = [
    kindOf(id),
    elements ?? form("epc urn")?.text ?? id,
    view.uii ? `UII ${view.uii}` : undefined,
    view.data.nsn ? `NSN ${view.data.nsn}` : undefined,
    view.data.cage ? `CAGE ${view.data.cage}` : undefined,
    view.data.lot ? `LOT ${view.data.lot}` : undefined,
  ].filter((line) => line !== undefined);
  return (
    <article className={`label ${size}`} aria-label={labelOf(id)}>
      <div className="codes">
        <Code kind="qrcode" text={link} mm={EDGE[size]} label={t("labels.qr", { text: link })} />
        {size !== "item" && (mark ? <Code kind="datamatrix" text={mark} mm={EDGE[size]} label={t("labels.dm", { text: elements ?? id })} /> : elements ? <Code kind="gs1datamatrix" text={elements} mm={EDGE[size]} label={t("labels.dm", { text: elements })} /> : null)}
      </div>
      <div>
        <div className="big">{nameOf(id) ?? shortOf(id)}</div>
        <div className="lines">{lines.map((line) => <div key={line}>{line}</div>)}</div>
      </div>
    </article>
  );
}

function Code({ kind, text, mm, label }: { kind: "qrcode" | "datamatrix" | "gs1datamatrix"; text: string; mm: number; label: string }) {
  const [source, setSource] = useState<string>();
  useEffect(() => {
    let gone = false;
    void draw(kind, text).then((svg) => {
      if (!gone) setSource(`data:image/svg+xml,${encodeURIComponent(svg)}`);
    });
    return () => {
      gone = true;
    };
  }, [kind, text]);
  return <img src={source} alt={label} style={{ width: `${mm}mm`, height: `${mm}mm` }} />;
}

async function draw(kind: "qrcode" | "datamatrix" | "gs1datamatrix", text: string): Promise<string> {
  const { default: bwip } = await import("bwip-js/browser");
  // Control characters of ISO/IEC 15434 are written as ^NNN; a caret of the text itself as ^094.
  const escaped = kind === "datamatrix" ? [...text].map((letter) => (letter < " " || letter === "^" ? `^${String(letter.charCodeAt(0)).padStart(3, "0")}` : letter)).join("") : text;
  return bwip.toSVG({ bcid: kind, text: escaped, scale: 3, paddingwidth: 2, paddingheight: 2, ...(kind === "qrcode" && { eclevel: "M" }), ...(kind === "datamatrix" && { parse: true }) });
}
