/**
 * The plain page of any module, made from its schema: its list with filters, one record, a timeline, and every action as a form with preview.
 *
 * Paths: `/` the list, `/ask/{question}` any question, `/act/{action}` an action. Parameters are in the address by the names of the schema.
 */

import { Button, Checkbox, NumberInput, Select, Tabs, TextInput, Textarea } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { type ActionSchema, type FieldSchema, type ModuleSchema, question, type QuerySchema, schema } from "../api/queries";
import { t, word } from "../i18n";
import { Empty, Facts, Head, MemberName, Sheet, StateMark, StatementLink, Thing, Things, Time, Trouble, Waiting } from "../ui/bits";
import { useMembers, useWhyNot } from "../ui/hooks";
import { Submit } from "../ui/submit";
import { type Column, DataTable } from "../ui/table";
import { effectWords } from "../ui/words";
import { TabList } from "../ui/tabs";

const route = getRouteApi("/inside/modules/$module/$");
type Row = Record<string, unknown>;

export function Plain({ module, rest }: { module: string; rest: string }) {
  const { data, error } = useQuery(schema(module));
  if (error) return <Trouble error={error} />;
  if (data === undefined) return <Waiting lines={8} />;
  const [what, name = ""] = rest.split("/");
  const action = data.actions.find((one) => what === "act" && one.name === name);
  if (action) return <ActionPage module={data} action={action} />;
  const asked = data.queries.find((one) => what === "ask" && one.name === name) ?? data.queries.find((one) => one.name === data.page.list) ?? data.queries[0];
  return (
    <>
      <Head crumb={t("module.plain")} title={title(module)} about={<span lang="en">{data.summary}</span>} />
      {asked && <Questions schema={data} asked={asked} />}
      <div style={{ height: "1rem" }} />
      <Actions schema={data} />
    </>
  );
}

const title = (name: string) => `${name.charAt(0).toUpperCase()}${name.slice(1).replaceAll("_", " ")}`;

function Questions({ schema: module, asked }: { schema: ModuleSchema; asked: QuerySchema }) {
  const navigate = useNavigate();
  return (
    <Sheet>
      <Tabs value={asked.name} onChange={(next) => void navigate({ to: "/modules/$module/$", params: { module: module.module, _splat: `ask/${next}` }, search: { view: "plain" } })}>
        <TabList chosen={asked.name}>
          {module.queries.map((one) => (
            <Tabs.Tab key={one.name} value={one.name}>
              {title(one.name)}
            </Tabs.Tab>
          ))}
        </TabList>
      </Tabs>
      <Question key={asked.name} module={module} asked={asked} />
    </Sheet>
  );
}

function Question({ module, asked }: { module: ModuleSchema; asked: QuerySchema }) {
  const { view: _view, ...search } = route.useSearch();
  const navigate = useNavigate();
  const fields = asked.parameters.filter((field) => field.name !== "cursor" && field.name !== "limit");
  const parameters = Object.fromEntries(asked.parameters.flatMap((field) => (search[field.name] ? [[field.name, search[field.name]]] : [])));
  const complete = asked.parameters.every((field) => !field.required || parameters[field.name] !== undefined);
  const { data, error } = useQuery({ ...question(module.module, asked.name, parameters), enabled: complete, retry: false });
  const go = (next: Record<string, string | undefined>) =>
    void navigate({
      to: "/modules/$module/$",
      params: { module: module.module, _splat: `ask/${asked.name}` },
      search: Object.fromEntries(Object.entries({ view: "plain", ...parameters, cursor: undefined, ...next }).filter((pair): pair is [string, string] => pair[1] !== undefined && pair[1] !== "")),
      replace: true,
    });
  return (
    <>
      <p className="quiet" lang="en" style={{ padding: "0.75rem 1rem 0" }}>
        {asked.summary}
      </p>
      {fields.length > 0 && (
        <form
          className="filters"
          key={JSON.stringify(parameters)}
          onSubmit={(event) => {
            event.preventDefault();
            go(Object.fromEntries([...new FormData(event.currentTarget)].map(([name, value]) => [name, String(value).trim()])));
          }}
        >
          {fields.map((field) =>
            field.kind === "word" ? (
              <Select key={field.name} name={field.name} label={title(field.name)} clearable={!field.required} data={(field.words ?? []).map((value) => ({ value, label: word("state", value) }))} defaultValue={parameters[field.name] ?? null} onChange={(value) => go({ [field.name]: value ?? undefined })} />
            ) : (
              <TextInput key={field.name} name={field.name} label={title(field.name)} required={field.required} defaultValue={parameters[field.name] ?? ""} style={{ flex: "1 1 14rem" }} title={field.description} />
            ),
          )}
          <Button type="submit">{t("module.ask")}</Button>
        </form>
      )}
      {error ? <Trouble error={error} /> : !complete ? <Empty title={t("module.fill")}>{t("module.fill_more")}</Empty> : data === undefined ? <Waiting /> : <Answer module={module} asked={asked} data={data as Row} next={(cursor) => go({ cursor })} />}
    </>
  );
}

function Answer({ module, asked, data, next }: { module: ModuleSchema; asked: QuerySchema; data: Row; next: (cursor: string) => void }) {
  const rows = rowsOf(asked, data);
  if (asked.shape === "record" || rows === undefined) {
    return (
      <div className="body" style={{ padding: "1rem" }}>
        <Facts rows={asked.columns.filter((field) => data[field.name] !== undefined && data[field.name] !== null).map((field) => [title(field.name), <Value key={field.name} field={field} value={data[field.name]} />])} />
      </div>
    );
  }
  const columns: Column<Row>[] = ordered(asked).map((field) => ({
    name: field.name,
    title: title(field.name),
    num: field.kind === "integer" && !field.name.endsWith("_ms"),
    cell: (row) => (field.name === asked.key && asked.opens ? <Link to="/modules/$module/$" params={{ module: module.module, _splat: `ask/${asked.opens}` }} search={{ view: "plain", [asked.key]: String(row[field.name]) }} className="mono">{brief(row[field.name])}</Link> : <Value field={field} value={row[field.name]} />),
    value: (row) => row[field.name],
  }));
  const cursor = typeof data.next === "string" ? data.next : undefined;
  return (
    <DataTable
      rows={rows}
      columns={columns}
      id={(row) => (asked.key ? String(row[asked.key]) : JSON.stringify(row))}
      file={`${module.module}-${asked.name}`}
      caption={asked.summary}
      empty={<Empty title={t("module.none")}>{t("module.none_more")}</Empty>}
      tools={cursor && <Button size="compact-sm" variant="default" onClick={() => next(cursor)}>{t("module.next")}</Button>}
    />
  );
}

/** The rows of a list or timeline: the field that the schema names, else the only list of the answer. */
function rowsOf(asked: QuerySchema, data: Row): Row[] | undefined {
  const named = asked.rows ? data[asked.rows] : Object.values(data).find((value) => Array.isArray(value));
  return Array.isArray(named) ? (named as Row[]) : undefined;
}

/** What tells rows apart first; whole records inside a row, keys and hashes are for the record's own page. */
function ordered(asked: QuerySchema): FieldSchema[] {
  const rank = (field: FieldSchema) => (field.name === asked.key ? 0 : field.kind === "text" || field.kind === "word" ? 1 : field.kind === "list" ? 2 : 3);
  return asked.columns.filter((field) => field.kind !== "json").sort((a, b) => rank(a) - rank(b)).slice(0, 9);
}

const brief = (value: unknown) => { const text = String(value); return text.length > 40 ? `${text.slice(0, 36)}…` : text; };

/** A value by what it looks like: identifiers, members, moments and statements are links. */
export function Value({ field, value }: { field?: FieldSchema; value: unknown }): ReactNode {
  const members = useMembers();
  if (value === null || value === undefined || value === "") return "–";
  if (typeof value === "boolean") return t(value ? "word.yes" : "word.no");
  if (typeof value === "number") return field?.name.endsWith("_ms") ? <Time at={value} /> : value.toLocaleString();
  if (Array.isArray(value)) {
    if (value.length === 0) return "–";
    if (value.every((one) => typeof one === "string" && /^(urn:epc|https:\/\/id\.gs1)/.test(one))) return <Things ids={value as string[]} />;
    if (value.every((one) => typeof one === "string")) return value.join(", ");
    return <pre className="mono" tabIndex={0} style={{ margin: 0, maxHeight: "12rem", overflow: "auto" }}>{JSON.stringify(value, null, 1)}</pre>;
  }
  if (typeof value === "object") {
    return <pre className="mono" tabIndex={0} style={{ margin: 0, maxHeight: "12rem", overflow: "auto" }}>{JSON.stringify(value, null, 1)}</pre>;
  }
  const text = String(value);
  if (/^(urn:epc:|https:\/\/id\.gs1\.org\/)/.test(text)) return <Thing id={text} />;
  if (/^[0-9a-f]{64}$/.test(text)) return <StatementLink id={text} />;
  if (/^\d{4}-\d\d-\d\dT/.test(text)) return <Time at={text} />;
  if (members.has(text)) return <MemberName id={text} />;
  if (field?.name === "state" || field?.name === "status") return <StateMark state={text} />;
  return <span className={text.length > 24 && !text.includes(" ") ? "mono" : undefined}>{text}</span>;
}

function Actions({ schema: module }: { schema: ModuleSchema }) {
  return (
    <Sheet title={t("module.actions")}>
      <ul className="todo">
        {module.actions.filter((action) => !action.genesis_only).map((action) => (
          <ActionRow key={action.name} module={module.module} action={action} />
        ))}
      </ul>
    </Sheet>
  );
}

function ActionRow({ module, action }: { module: string; action: ActionSchema }) {
  const why = useWhyNot(action.roles);
  return (
    <li>
      <Link className="row" style={{ gridTemplateColumns: "minmax(0, 1fr) auto" }} to="/modules/$module/$" params={{ module, _splat: `act/${action.name}` }}>
        <span>
          <span className="what">{title(action.name)}</span>
          <br />
          <span className="more" lang="en">{action.summary}</span>
        </span>
        <span className="more">{why ? t("module.not_you") : action.roles.map((role) => word("role", role)).join(", ")}</span>
      </Link>
    </li>
  );
}

function ActionPage({ module, action }: { module: ModuleSchema; action: ActionSchema }) {
  const search = route.useSearch();
  const why = useWhyNot(action.roles);
  const flat = action.fields.length > 0;
  const [values, setValues] = useState<Record<string, unknown>>(() => Object.fromEntries(action.fields.flatMap((field) => (search[field.name] ? [[field.name, search[field.name]]] : []))));
  const [text, setText] = useState(() => JSON.stringify(action.example, null, 2));
  const [fault, setFault] = useState<string>();

  const members = useMembers();
  const name = (id: string | undefined) => members.get(id ?? "")?.name ?? id ?? "–";
  const make = () => {
    try {
      const body = flat ? collect(action, values) : (JSON.parse(text) as unknown);
      setFault(undefined);
      return { title: `${title(module.module)}: ${title(action.name)}`, path: `/v1/modules/${module.module}/actions/${action.name}`, body };
    } catch (error) {
      setFault(error instanceof Error ? error.message : String(error));
      return undefined;
    }
  };
  return (
    <>
      <Head crumb={<Link to="/modules/$module/$" params={{ module: module.module, _splat: "" }} search={{ view: "plain" }}>{title(module.module)}</Link>} title={title(action.name)} about={<span lang="en">{action.summary}</span>} />
      <Sheet>
        <div className="body form" style={{ padding: "1rem" }}>
          {why && <div className="notice">{why}</div>}
          {flat ? action.fields.map((field) => <Field key={field.name} field={field} value={values[field.name]} set={(value) => setValues((was) => ({ ...was, [field.name]: value }))} />) : (
            <Textarea label="JSON" value={text} onChange={(event) => setText(event.currentTarget.value)} autosize minRows={8} classNames={{ input: "mono" }} spellCheck={false} />
          )}
          {fault && <div className="notice bad" role="alert"><span className="fail">{fault}</span></div>}
          <Submit make={make} why={why} may={`${module.module}::${action.name}`} irreversible={irreversible(action.name, values)} action={t("submit.check")} words={(effects) => effectWords(effects, name)} />
        </div>
      </Sheet>
    </>
  );
}

/** The name of what an action ends for ever. */
function irreversible(action: string, values: Record<string, unknown>): string | undefined {
  const ends = values.status === "retired" || action.startsWith("retire") || action === "revoke_key";
  const name = [values.key_id, values.post, values.id, values.did, values.member].find((value) => typeof value === "string" && value !== "");
  return ends ? (name as string | undefined) : undefined;
}

function Field({ field, value, set }: { field: FieldSchema; value: unknown; set: (value: unknown) => void }) {
  const shared = { label: title(field.name), description: <span lang="en">{field.description}</span>, required: field.required };
  if (field.kind === "word") return <Select {...shared} data={(field.words ?? []).map((one) => ({ value: one, label: word("state", one) }))} value={(value as string | undefined) ?? null} onChange={set} clearable={!field.required} />;
  if (field.kind === "boolean") return <Checkbox label={shared.label} description={shared.description} checked={value === true} onChange={(event) => set(event.currentTarget.checked)} />;
  if (field.kind === "integer" && field.name.endsWith("_ms")) return <TextInput {...shared} type="datetime-local" onChange={(event) => set(event.currentTarget.value === "" ? undefined : Date.parse(`${event.currentTarget.value}:00Z`))} />;
  if (field.kind === "integer") return <NumberInput {...shared} value={(value as number | undefined) ?? ""} onChange={(next) => set(next === "" ? undefined : Number(next))} />;
  if (field.kind === "list" || field.kind === "json") return <Textarea {...shared} value={typeof value === "string" ? value : ""} onChange={(event) => set(event.currentTarget.value)} autosize minRows={2} classNames={{ input: "mono" }} placeholder={field.kind === "list" ? t("module.list_hint") : "{ }"} />;
  return <TextInput {...shared} value={(value as string | undefined) ?? ""} onChange={(event) => set(event.currentTarget.value)} />;
}

/** The body of an action. Lists may be typed a line each; lists and records of records are JSON. */
function collect(action: ActionSchema, values: Record<string, unknown>): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  for (const field of action.fields) {
    const value = values[field.name];
    if (value === undefined || value === null || value === "") {
      if (field.required && field.kind !== "boolean") throw new Error(t("module.missing", { field: title(field.name) }));
      continue;
    }
    if ((field.kind === "list" || field.kind === "json") && typeof value === "string") {
      const text = value.trim();
      if (!/^[[{]/.test(text) && field.kind === "list") body[field.name] = text.split(/\n/).map((line) => line.trim()).filter((line) => line !== "");
      else {
        try {
          body[field.name] = JSON.parse(text) as unknown;
        } catch {
          throw new Error(t("module.not_json", { field: title(field.name) }));
        }
      }
    } else body[field.name] = value;
  }
  return body;
}
