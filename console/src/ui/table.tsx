/** The one table: columns once, for the screen, for export and for a phone (a card each row). Long lists are drawn only where they are seen. */

import { Button } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useRef } from "react";
import { t } from "../i18n";
import { csv, save } from "../lib/save";
import { Waiting } from "./bits";

export interface Column<Row> {
  name: string;
  title: string;
  cell: (row: Row) => ReactNode;
  /** What an export has; the cell where it is text already. */
  value: (row: Row) => unknown;
  num?: boolean;
}

interface Props<Row> {
  rows: readonly Row[] | undefined;
  columns: readonly Column<Row>[];
  id: (row: Row) => string;
  /** What files of an export are called. */
  file: string;
  empty: ReactNode;
  caption: string;
  more?: { go: () => void; busy: boolean } | undefined;
  tools?: ReactNode;
}

/** From so many rows on only those in view are drawn. */
const DRAWN_MAX = 240;
const ROW_PX = 41;

/** Nothing is said of it: a card leaves it out. */
const isEmpty = (value: unknown) => value === undefined || value === null || value === "";

export function DataTable<Row>({ rows, columns, id, file, empty, caption, more, tools }: Props<Row>) {
  if (rows === undefined) return <Waiting lines={6} />;
  if (rows.length === 0) return <>{empty}</>;
  const exported = () => rows.map((row) => columns.map((column) => column.value(row)));
  const asJson = () => JSON.stringify(rows.map((row) => Object.fromEntries(columns.map((column) => [column.name, column.value(row) ?? null]))), null, 2);
  return (
    <>
      <Rows rows={rows} columns={columns} id={id} caption={caption} />
      <div className="tools no-print">
        <span>{t("list.count", { n: rows.length })}</span>
        {more && (
          <Button size="compact-sm" variant="default" onClick={more.go} loading={more.busy}>
            {t("list.more")}
          </Button>
        )}
        {tools}
        <span className="push" />
        <Button
          size="compact-sm"
          variant="subtle"
          leftSection={<IconDownload size={16} aria-hidden />}
          onClick={() => save(`${file}.csv`, csv(columns.map((column) => column.name), exported()), "text/csv")}
        >
          CSV
        </Button>
        <Button size="compact-sm" variant="subtle" leftSection={<IconDownload size={16} aria-hidden />} onClick={() => save(`${file}.json`, asJson(), "application/json")}>
          JSON
        </Button>
      </div>
    </>
  );
}

function Rows<Row>({ rows, columns, id, caption }: Pick<Props<Row>, "columns" | "id" | "caption"> & { rows: readonly Row[] }) {
  const box = useRef<HTMLDivElement>(null);
  const long = rows.length > DRAWN_MAX;
  // eslint-disable-next-line react-hooks/incompatible-library -- the hook is used in this component alone
  const drawn = useVirtualizer({ count: long ? rows.length : 0, getScrollElement: () => box.current, estimateSize: () => ROW_PX, overscan: 8 });
  const items = drawn.getVirtualItems();
  const before = items[0]?.start ?? 0;
  const after = long ? drawn.getTotalSize() - (items.at(-1)?.end ?? 0) : 0;
  const shown = long ? items.map((item) => [rows[item.index], item.index] as const) : rows.map((row, index) => [row, index] as const);
  return (
    <div ref={box} className={long ? "scroll tall" : "scroll"} tabIndex={long ? 0 : undefined} role={long ? "region" : undefined} aria-label={long ? caption : undefined}>
      <table className={`table ${long ? "" : "cards"}`} aria-rowcount={rows.length + 1}>
        <caption style={{ position: "absolute", clipPath: "inset(50%)", height: 1, width: 1, overflow: "hidden" }}>{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.name} scope="col" className={column.num ? "num" : undefined}>
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {before > 0 && (
            <tr aria-hidden>
              <td colSpan={columns.length} style={{ height: before, padding: 0, border: 0 }} />
            </tr>
          )}
          {shown.map(([row, index]) =>
            row === undefined ? null : (
              <tr key={id(row)} aria-rowindex={index + 2}>
                {columns.map((column) => (
                  <td key={column.name} data-label={column.title} className={[column.num && "num", isEmpty(column.value(row)) && "nothing"].filter(Boolean).join(" ") || undefined}>
                    <span>{column.cell(row)}</span>
                  </td>
                ))}
              </tr>
            ),
          )}
          {after > 0 && (
            <tr aria-hidden>
              <td colSpan={columns.length} style={{ height: after, padding: 0, border: 0 }} />
            </tr>
          )}
        </tbody>
      </table>
    </div>
  );
}
