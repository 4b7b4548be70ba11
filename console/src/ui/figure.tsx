/** A picture of numbers with the same numbers as a table: seen on demand, always there for a screen reader. The drawing is loaded when one is shown. */

import { lazy, Suspense, useState } from "react";
import { Skeleton } from "@mantine/core";
import { number, t } from "../i18n";

const Drawing = lazy(() => import("./drawing"));

/** Colours by what they mean; a series without one takes the next of the palette. */
export type Tone = "go" | "wait" | "fail" | "quiet";

export interface Series {
  name: string;
  /** One for each label; nothing where nothing is known. */
  values: readonly (number | undefined)[];
  /** What is counted, behind a number; against the second axis where it differs from the first series'. */
  unit?: string;
  kind?: "bar" | "line" | "area";
  tone?: Tone;
}

export interface FigureProps {
  title: string;
  labels: readonly string[];
  series: readonly Series[];
  /** What the labels are, the head of the table's first column. */
  along: string;
  height?: number;
  /** Bars from left to right: for labels that are names. */
  sideways?: boolean;
  /** Bars and areas lie on each other: parts of a whole. */
  stacked?: boolean;
}

export function Figure(props: FigureProps) {
  const { title, labels, series, along, height = 180 } = props;
  const [asTable, setAsTable] = useState(false);
  return (
    <figure className="figure">
      <figcaption>
        <span>{title}</span>
        <button type="button" className="linklike small no-print" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
          {t(asTable ? "figure.picture" : "figure.table")}
        </button>
      </figcaption>
      {!asTable && (
        <Suspense fallback={<Skeleton height={height} />}>
          <Drawing {...props} height={height} />
        </Suspense>
      )}
      <div className={asTable ? "scroll" : "unseen"}>
        <table className="table">
          <caption className="unseen">{title}</caption>
          <thead>
            <tr>
              <th scope="col">{along}</th>
              {series.map((one) => <th key={one.name} scope="col" className="num">{one.name}</th>)}
            </tr>
          </thead>
          <tbody>
            {labels.map((label, index) => (
              <tr key={index}>
                <th scope="row">{label}</th>
                {series.map((one) => <td key={one.name} className="num">{told(one.values[index], one.unit)}</td>)}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </figure>
  );
}

/** A number with its unit, or a dash. */
export function told(value: number | undefined, unit: string | undefined): string {
  return value === undefined ? "–" : unit ? `${number(value)} ${unit}` : number(value);
}
