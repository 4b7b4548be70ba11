/** The small pieces that every page is made of. */

import { Button, Skeleton, Tooltip } from "@mantine/core";
import { IconAlertTriangle, IconBox, IconBuildingWarehouse, IconCircleCheck, IconCylinder, IconPackage, IconTruck } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useId } from "react";
import { NoAnswer, Refused } from "../api/client";
import { ago, exact, type Moment, span, t, time, word } from "../i18n";
import { isPlace, kindOf, shortOf } from "../lib/goods";
import { nameOf } from "../lib/names";
import { useMembers } from "./hooks";

export function Head({ title, about, crumb, children }: { title: ReactNode; about?: ReactNode; crumb?: ReactNode; children?: ReactNode }) {
  return (
    <div className="head">
      <div className="title">
        {crumb && <div className="crumb">{crumb}</div>}
        <h1>{title}</h1>
        {about && <p>{about}</p>}
      </div>
      {children && <div className="acts">{children}</div>}
    </div>
  );
}

export function Sheet({ title, tools, children, className }: { title?: ReactNode; tools?: ReactNode; children: ReactNode; className?: string }) {
  const id = useId();
  return (
    <section className={`sheet ${className ?? ""}`} aria-labelledby={title ? id : undefined}>
      {(title ?? tools) && (
        <header>
          {title && <h2 id={id}>{title}</h2>}
          {tools}
        </header>
      )}
      {children}
    </section>
  );
}

export function Facts({ rows }: { rows: [ReactNode, ReactNode][] }) {
  return (
    <dl className="facts">
      {rows.map(([name, value], index) => (
        <FactRow key={index} name={name} value={value} />
      ))}
    </dl>
  );
}
function FactRow({ name, value }: { name: ReactNode; value: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  );
}

/** Lines in the shape of what is coming. */
export function Waiting({ lines = 4 }: { lines?: number }) {
  return (
    <div className="body" role="status" aria-label={t("state.loading")} style={{ padding: "1rem", display: "grid", gap: "0.75rem" }}>
      {Array.from({ length: lines }, (_, index) => (
        <Skeleton key={index} height={16} width={`${90 - ((index * 17) % 40)}%`} />
      ))}
    </div>
  );
}

export function Empty({ title, children, action }: { title: ReactNode; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className="empty">
      <h3>{title}</h3>
      {children && <p>{children}</p>}
      {action}
    </div>
  );
}

/** What went wrong, what to do: the node's own words where it said something. */
export function Trouble({ error, again }: { error: unknown; again?: () => void }) {
  const problem = error instanceof Refused ? error.problem : undefined;
  return (
    <div className="notice bad" role="alert">
      <h3 className="fail">
        {problem ? `${problem.title} (${problem.code})` : error instanceof NoAnswer ? t("trouble.no_answer") : t("trouble.page")}
      </h3>
      {problem ? (
        <div lang="en">
          <p>{problem.detail}</p>
          <p>
            <strong>{t("trouble.remedy")}</strong> {problem.remedy}
          </p>
          {(problem.errors ?? []).slice(0, 20).map((entry) => (
            <p key={entry.pointer + entry.rule} className="small">
              <code>{entry.pointer}</code>: {entry.detail}. {entry.remedy}
            </p>
          ))}
        </div>
      ) : (
        <p>{error instanceof NoAnswer ? t("trouble.no_answer_more") : String(error instanceof Error ? error.message : error)}</p>
      )}
      {again && (
        <Button mt="xs" size="xs" variant="default" onClick={again}>
          {t("do.again")}
        </Button>
      )}
    </div>
  );
}

const TONES: Record<string, "go" | "wait" | "fail" | "quiet"> = {
  open: "wait",
  escalated: "fail",
  accepted: "go",
  partly_accepted: "wait",
  refused: "fail",
  withdrawn: "quiet",
  expired: "quiet",
  active: "go",
  suspended: "fail",
  retired: "quiet",
  missing: "fail",
  found: "go",
  written_off: "quiet",
  upheld: "quiet",
  unfounded: "quiet",
  queued: "wait",
  made: "wait",
  ready: "go",
  ended: "fail",
  used: "go",
  late: "fail",
  waiting: "wait",
};
export function StateMark({ state, prefix = "state" }: { state: string; prefix?: string }) {
  return <span className={`state ${TONES[state] ?? "quiet"}`}>{word(prefix, state)}</span>;
}

/** A moment: short for reading, exact on demand. */
export function Time({ at, relative = false }: { at: Moment; relative?: boolean }) {
  if (at === null || at === undefined) return <>–</>;
  return (
    <time dateTime={new Date(at).toISOString()} title={exact(at)}>
      {relative ? ago(at) : time(at)}
    </time>
  );
}

/** How long, in the largest unit that is whole enough. */
export function Duration({ ms }: { ms: number }) {
  return <>{span(ms)}</>;
}

export function MemberName({ id, link = true }: { id: string | null | undefined; link?: boolean }) {
  const members = useMembers();
  if (!id) return <>–</>;
  const name = members.get(id)?.name ?? id;
  if (!link) return <span title={id}>{name}</span>;
  return (
    <Link to="/modules/$module/$" params={{ module: "membership", _splat: `members/${id}` }} title={id}>
      {name}
    </Link>
  );
}

export function ThingIcon({ id, size = 20 }: { id: string; size?: number }) {
  const props = { size, stroke: 1.6, "aria-hidden": true } as const;
  if (isPlace(id)) return <IconBuildingWarehouse {...props} />;
  if (id.includes(":bic:")) return <IconTruck {...props} />;
  if (/\/00\/|:sscc:/.test(id)) return <IconPackage {...props} />;
  if (/\/10\/|lgtin/.test(id)) return <IconCylinder {...props} />;
  return <IconBox {...props} />;
}

/** An identifier as a link: its name or its short form, with the whole behind it. */
export function Thing({ id, kind = false }: { id: string; kind?: boolean }) {
  const name = nameOf(id);
  const text = (
    <>
      {name ?? <span className="mono">{shortOf(id)}</span>}
      {kind && <span className="quiet small"> {kindOf(id)}</span>}
    </>
  );
  if (isPlace(id)) {
    return (
      <Link to="/places" search={{ id }} title={id}>
        {text}
      </Link>
    );
  }
  return (
    <Link to="/trace" search={{ id }} title={id}>
      {text}
    </Link>
  );
}

export function Things({ ids, most = 3 }: { ids: readonly string[]; most?: number }) {
  return (
    <>
      {ids.slice(0, most).map((id, index) => (
        <span key={id}>
          {index > 0 && ", "}
          <Thing id={id} />
        </span>
      ))}
      {ids.length > most && <span className="quiet"> {t("list.and_more", { n: ids.length - most })}</span>}
      {ids.length === 0 && "–"}
    </>
  );
}

export function StatementLink({ id, children }: { id: string; children?: ReactNode }) {
  return (
    <Link to="/statements/$id" params={{ id }} className="mono" title={id}>
      {children ?? `${id.slice(0, 10)}…`}
    </Link>
  );
}

/** A control that says why it cannot be used, instead of hiding or staying silent. */
export function Act({
  why,
  onClick,
  children,
  ...rest
}: { why?: string | undefined; onClick?: () => void; children: ReactNode } & Omit<React.ComponentProps<typeof Button<"button">>, "onClick" | "children">) {
  const id = useId();
  if (why === undefined) {
    return (
      <Button onClick={onClick} {...rest}>
        {children}
      </Button>
    );
  }
  return (
    <Tooltip label={why}>
      <span style={{ display: "inline-flex" }}>
        <Button {...rest} variant="default" aria-disabled="true" aria-describedby={id} data-disabled onClick={(event) => event.preventDefault()}>
          {children}
        </Button>
        <span id={id} hidden>
          {why}
        </span>
      </span>
    </Tooltip>
  );
}

export function Said({ good, children }: { good: boolean; children: ReactNode }) {
  const Icon = good ? IconCircleCheck : IconAlertTriangle;
  return (
    <span className={good ? "go" : "fail"} style={{ display: "inline-flex", gap: "0.375rem", alignItems: "center" }}>
      <Icon size={18} aria-hidden />
      {children}
    </span>
  );
}
