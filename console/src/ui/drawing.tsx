/** What {@link Figure} draws with: ECharts, only the parts that are used, in the colours of the scheme. */

import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { type EChartsType, init, use as register } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { useEffect, useRef } from "react";
import { useComputedColorScheme } from "@mantine/core";
import { number, useLanguage } from "../i18n";
import { type FigureProps, told, type Tone } from "./figure";

register([BarChart, LineChart, GridComponent, LegendComponent, TooltipComponent, SVGRenderer]);

/** Told apart by those who see no red or green, and by lightness; with contrast of 3:1 and more on the sheet of their scheme. */
const PALETTES = {
  light: ["#235440", "#b0730c", "#1d567f", "#8a4a86", "#6d6e64", "#a3231a"],
  dark: ["#86c5a5", "#e6b45c", "#8cc0ea", "#d3a0d0", "#a3ada4", "#ff9288"],
};
const MARGIN = 8;
const LETTERS = "12px Roboto";

export default function Drawing(props: FigureProps & { height: number }) {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<EChartsType>(undefined);
  const scheme = useComputedColorScheme("light");
  const language = useLanguage();
  useEffect(() => {
    if (box.current === null) return;
    const made = init(box.current, undefined, { renderer: "svg" });
    chart.current = made;
    const observer = new ResizeObserver(() => made.resize());
    observer.observe(box.current);
    return () => {
      observer.disconnect();
      made.dispose();
    };
  }, []);
  useEffect(() => {
    let gone = false;
    const draw = () => {
      if (gone) return;
      chart.current?.setOption(option(props, scheme), { notMerge: true });
      if (box.current) box.current.dataset.drawn = String(props.series.length);
    };
    // How much room the words take is measured when it is drawn: not before their letters are there.
    document.fonts.load(LETTERS).then(draw, draw);
    return () => {
      gone = true;
    };
  }, [props, scheme, language]);
  // The table beside it says the same.
  return <div ref={box} aria-hidden className="drawing" style={{ height: props.height }} />;
}

function option({ labels, series, sideways = false, stacked = false }: FigureProps, scheme: "light" | "dark") {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: Tone | "ink" | "line" | "sheet" | "quiet") => style.getPropertyValue(`--${name}`).trim();
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const units = [...new Set(series.map((one) => one.unit))];
  const words = { color: colour("quiet"), fontFamily: "Roboto, sans-serif", fontSize: 12 };
  const names = {
    type: "category" as const,
    data: [...labels],
    inverse: sideways,
    axisLine: { lineStyle: { color: colour("line") } },
    axisTick: { show: false },
    axisLabel: { ...words, hideOverlap: true, ...(sideways && { width: 130, overflow: "truncate" as const }) },
  };
  const values = units.slice(0, 2).map((unit, index) => ({
    type: "value" as const,
    position: (sideways ? "bottom" : index === 0 ? "left" : "right") as "left" | "right" | "bottom",
    minInterval: 1,
    splitNumber: 3,
    splitLine: { show: index === 0, lineStyle: { color: colour("line") } },
    axisLabel: { ...words, formatter: (value: number) => (unit && units.length > 1 ? `${number(value)} ${unit}` : number(value)) },
  }));
  return {
    animation: !still,
    animationDuration: 200,
    color: PALETTES[scheme],
    textStyle: { fontFamily: "Roboto, sans-serif", color: colour("ink") },
    grid: { left: MARGIN, right: MARGIN * 2, top: series.length > 1 ? 32 : MARGIN, bottom: MARGIN, containLabel: true },
    legend: { show: series.length > 1, top: 0, left: 0, icon: "roundRect", itemWidth: 12, itemHeight: 8, itemGap: 14, textStyle: { ...words, color: colour("ink") } },
    tooltip: {
      trigger: "axis" as const,
      confine: true,
      backgroundColor: colour("sheet"),
      borderColor: colour("line"),
      textStyle: { color: colour("ink"), fontFamily: "Roboto, sans-serif", fontSize: 13 },
      axisPointer: { type: "shadow" as const, shadowStyle: { color: colour("quiet"), opacity: 0.08 } },
      valueFormatter: (value: unknown) => told(typeof value === "number" ? value : undefined, undefined),
    },
    xAxis: sideways ? values : names,
    yAxis: sideways ? names : values,
    series: series.map((one) => ({
      name: one.name,
      type: one.kind === "line" || one.kind === "area" ? ("line" as const) : ("bar" as const),
      data: one.values.map((value) => value ?? "-"),
      [sideways ? "xAxisIndex" : "yAxisIndex"]: Math.min(1, units.indexOf(one.unit)),
      ...(one.tone && { itemStyle: { color: colour(one.tone) }, lineStyle: { color: colour(one.tone) } }),
      ...(stacked && one.kind !== "line" && { stack: "all" }),
      ...(one.kind === "area" && { areaStyle: { opacity: 0.75 }, lineStyle: { width: 1 } }),
      barMaxWidth: 22,
      // Nothing is seen as nothing, not as a gap.
      barMinHeight: stacked ? 0 : 1,
      barCategoryGap: "25%",
      showSymbol: one.values.filter((value) => value !== undefined).length < 2,
      symbolSize: 5,
      connectNulls: false,
    })),
  };
}
