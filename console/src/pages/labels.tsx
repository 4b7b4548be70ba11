/**
 * Labels: a QR code with the GS1 Digital Link, a Data Matrix with the item's unique identifier (ISO/IEC 15434) or its GS1 element string, the
 * compact receipt itself where it fits, and what people read (MIL-STD-129). Saved as PDF: sheets of A4 with the fonts inside.
 */

import bold from "@fontsource/roboto-condensed/files/roboto-condensed-all-700-normal.woff?url";
import regular from "@fontsource/roboto/files/roboto-all-400-normal.woff?url";
import { Button, SegmentedControl, Switch } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { queryOptions, useQueries } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api, bytes, data, file, Refused } from "../api/client";
import { type Content, contents as contentsQuery, identifier } from "../api/queries";
import { t } from "../i18n";
import { kindOf, labelOf, shortOf, splitList } from "../lib/goods";
import { type Grid, lines, linkCode, markCode, markOf, MEASURES, receiptCode, type Size, SIZES, textOf } from "../lib/label";
import type { Label } from "../lib/label-pdf";
import { nameOf } from "../lib/names";
import { save } from "../lib/save";
import { Empty, Head, Sheet, Trouble, Waiting } from "../ui/bits";
import { useMembers } from "../ui/hooks";
import { IdentifierList, useRead } from "../ui/identifiers";

const route = getRouteApi("/inside/labels");

export function LabelsPage() {
  const { ids = "", size: asked, receipt } = route.useSearch();
  const navigate = useNavigate();
  const members = useMembers();
  const size: Size = SIZES.find((one) => one === asked) ?? "case";
  const withReceipt = receipt === "yes" && MEASURES[size].receipt !== undefined;
  const [text, setText] = useState(ids.replaceAll(";", "\n"));
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<unknown>();
  const read = useRead(text);
  const epcs = read.flatMap((one) => (one.epc ? [one.epc] : []));
  const inside = useQueries({ queries: epcs.slice(0, 20).map((id) => contentsQuery(id)) });
  const packed = [...new Set(inside.flatMap((one) => flat(one.data?.contents ?? [])))].filter((id) => !epcs.includes(id));
  const views = useQueries({ queries: epcs.map((id) => identifier(id)) });
  const named = (id: string | undefined) => (id === undefined ? undefined : (members.get(id)?.name ?? id));
  const made = useQueries({
    queries: epcs.map((id, index) => ({ ...labelQuery(id, size, withReceipt, named), enabled: views[index]?.data !== undefined && members.size > 0 })),
  });
  const labels = made.flatMap((one) => (one.data ? [one.data] : []));
  const go = (next: Record<string, string | undefined>) => void navigate({ to: "/labels", search: { ids: ids || undefined, size: asked, receipt, ...next }, replace: true });
  const put = (next: string) => {
    setText(next);
    go({ ids: splitList(next).join(";") || undefined });
  };
  const pdf = async () => {
    setBusy(true);
    setFault(undefined);
    try {
      const [{ labelsPdf }, normal, heavy] = await Promise.all([import("../lib/label-pdf"), file(regular), file(bold)]);
      save(`labels-${size}.pdf`, await labelsPdf(labels, size, { text: normal, bold: heavy }, t("nav.labels")), "application/pdf");
    } catch (error) {
      setFault(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <Head title={t("nav.labels")} about={t("labels.about")}>
        <Button size="md" leftSection={<IconDownload size={18} aria-hidden />} disabled={labels.length === 0 || labels.length < epcs.length} loading={busy} onClick={() => void pdf()}>{t("labels.pdf")}</Button>
      </Head>
      <div className="stack">
        <Sheet className="no-print">
          <div className="body form">
            <IdentifierList label={t("custody.objects")} description={t("receive.list_more")} value={text} onChange={put} read={read} />
            {packed.length > 0 && <div><Button variant="default" onClick={() => put(`${text.trimEnd()}\n${packed.join("\n")}`)}>{t("labels.add_contents", { n: packed.length })}</Button></div>}
            <SegmentedControl aria-label={t("labels.size")} className="wraps" value={size} onChange={(value) => go({ size: value })} data={SIZES.map((value) => ({ value, label: t(`labels.${value}`) }))} transitionDuration={0} />
            {MEASURES[size].receipt !== undefined && <Switch label={t("labels.receipt")} description={t("labels.receipt_more")} checked={withReceipt} onChange={(event) => go({ receipt: event.currentTarget.checked ? "yes" : undefined })} />}
          </div>
        </Sheet>
        {fault !== undefined && <Trouble error={fault} />}
        {made.find((one) => one.error) && <Trouble error={made.find((one) => one.error)?.error} />}
        {epcs.length === 0 ? <Sheet><Empty title={t("labels.none")}>{t("labels.none_more")}</Empty></Sheet> : (
          <div className="labels">
            {labels.length < epcs.length && !made.some((one) => one.error) && <Waiting />}
            {made.map((one, index) => one.data && <Printed key={epcs[index]} id={epcs[index] ?? ""} label={one.data} size={size} />)}
          </div>
        )}
      </div>
    </>
  );
}

const flat = (list: readonly Content[]): string[] => list.flatMap((one) => (one.quantity ? [] : [one.id]).concat(flat(one.contents ?? [])));

/** Everything that stands on a label of this thing. */
const labelQuery = (id: string, size: Size, withReceipt: boolean, named: (member: string | undefined) => string | undefined) =>
  queryOptions({
    queryKey: ["goods", "label", id, size, withReceipt],
    queryFn: async (): Promise<Label> => {
      const [view, told] = await Promise.all([data(api.GET("/v1/identifiers", { params: { query: { text: id } } })), known(id)]);
      const link = textOf(view, "digital link") ?? textOf(view, "epc urn") ?? id;
      const mark = markOf(view);
      const statement = told?.history.at(-1)?.statement;
      const edge = MEASURES[size].receipt;
      const receipt = withReceipt && edge !== undefined && statement ? await bytes(`/v1/statements/${statement}/compact`, { wait_ms: "3000" }) : undefined;
      const grid = receipt && edge !== undefined ? await receiptCode(receipt, edge) : undefined;
      const offer = told?.now && size !== "item" ? await offerOf(id) : undefined;
      const pieces = size === "item" ? [] : flat((await data(api.GET("/v1/objects/{id}/contents", { params: { path: { id } } })).catch(() => undefined))?.contents ?? []);
      return {
        kind: kindOf(id),
        title: nameOf(id) ?? shortOf(id),
        lines: lines(view, size, { from: named(told?.now?.custodian), to: named(offer), pieces: pieces.length }),
        link: await linkCode(link),
        mark: mark && (await markCode(mark)),
        receipt: grid,
        receiptNote: !withReceipt ? undefined : receipt === undefined ? t("labels.receipt_none") : grid ? t("labels.receipt_note", { n: receipt.length, id: statement?.slice(0, 16) ?? "" }) : t("labels.receipt_large", { n: receipt.length, id: statement?.slice(0, 16) ?? "" }),
      };
    },
    staleTime: 30_000,
  });

/** What the ledger knows of it; nothing of what no event has told. */
async function known(id: string) {
  try {
    return await data(api.GET("/v1/trace/{id}", { params: { path: { id } } }));
  } catch (error) {
    if (error instanceof Refused && error.problem.status === 404) return undefined;
    throw error;
  }
}

/** To whom it is on offer. */
async function offerOf(id: string): Promise<string | undefined> {
  const page = await data(api.GET("/v1/handovers", { params: { query: { state: "open", limit: 100 } } }));
  return page.handovers.find((one) => one.objects.includes(id))?.to;
}

function Printed({ id, label, size }: { id: string; label: Label; size: Size }) {
  const { code, receipt } = MEASURES[size];
  return (
    <article className={`label ${size}`} aria-label={labelOf(id)}>
      <div className="codes">
        {label.receipt && receipt && <Code grid={label.receipt} mm={receipt} label={t("labels.receipt")} />}
        <Code grid={label.link} mm={code} label={t("labels.qr", { text: id })} />
        {label.mark && size !== "item" && <Code grid={label.mark} mm={code} label={t("labels.dm", { text: id })} />}
      </div>
      <div>
        <div className="big">{label.title}</div>
        <div className="lines">
          {label.lines.map(([name, value]) => <div key={name}>{name} {value}</div>)}
          {label.receiptNote && <div>{label.receiptNote}</div>}
        </div>
      </div>
    </article>
  );
}

/** The grid as a path of squares. */
function Code({ grid, mm, label }: { grid: Grid; mm: number; label: string }) {
  const edge = grid.size + 2 * grid.quiet;
  const path = grid.dark.flatMap((dark, at) => (dark ? [`M${grid.quiet + (at % grid.size)} ${grid.quiet + Math.floor(at / grid.size)}h1v1h-1z`] : [])).join("");
  return (
    <svg role="img" aria-label={label} viewBox={`0 0 ${edge} ${edge}`} shapeRendering="crispEdges" style={{ width: `${mm}mm`, height: `${mm}mm`, flex: "none", background: "#fff" }}>
      <path d={path} fill="#000" />
    </svg>
  );
}
