/** A small chart of one row of counts, read out as a sentence. */

export function Spark({ values, title }: { values: readonly number[]; title: string }) {
  const most = Math.max(1, ...values);
  const width = 100 / Math.max(1, values.length);
  return (
    <figure style={{ margin: 0 }}>
      <svg viewBox="0 0 100 24" preserveAspectRatio="none" role="img" aria-label={title} style={{ width: "100%", height: "3rem", display: "block", borderBottom: "1px solid var(--line)" }}>
        {values.map((value, index) => (
          <rect key={index} x={index * width + width * 0.15} width={width * 0.7} y={24 - Math.max(value === 0 ? 0.6 : 2, (value / most) * 23)} height={24} fill={value === 0 ? "var(--line)" : "var(--go)"} />
        ))}
      </svg>
      <figcaption className="small quiet">{title}</figcaption>
    </figure>
  );
}
