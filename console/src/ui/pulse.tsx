/** The network's pulse as a picture: statements in each of the last blocks, and how soon each was final here. */

import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { blocks, network } from "../api/queries";
import { seed, usePulse } from "../app/live";
import { number, t } from "../i18n";
import { Figure } from "./figure";

/** So many blocks are drawn. */
const DRAWN = 60;

export function PulseFigure({ height }: { height?: number }) {
  const pulse = usePulse();
  const { data: net } = useQuery(network());
  const tip = pulse.height ?? net?.height;
  const from = Math.max(1, (tip ?? 0) - DRAWN);
  const missing = tip !== undefined && (pulse.blocks[0]?.height ?? Infinity) > from;
  const { data: earlier } = useQuery({ ...blocks(from, DRAWN + 1), enabled: missing, staleTime: Infinity });
  useEffect(() => {
    if (earlier) seed(earlier.blocks);
  }, [earlier]);
  const drawn = pulse.blocks.slice(-DRAWN);
  const picture = useMemo(
    () => ({
      labels: drawn.map((block) => number(block.height)),
      series: [
        { name: t("pulse.statements"), values: drawn.map((block) => block.statements), kind: "bar" as const },
        // How soon is known of what came while this page was open.
        ...(pulse.finalMs.size > 0 ? [{ name: t("pulse.final"), unit: "ms", values: drawn.map((block) => pulse.finalMs.get(block.height)), kind: "line" as const }] : []),
      ],
    }),
    // eslint-disable-next-line react-hooks/exhaustive-deps -- blocks change exactly when the last one does
    [pulse.height, drawn.length],
  );
  return <Figure title={t("pulse.chart")} along={t("network.height")} {...(height !== undefined && { height })} {...picture} />;
}
