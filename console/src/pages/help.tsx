/** The guide of the console, a part for each screen. It is the very file of docs/guides. */

import { NativeSelect } from "@mantine/core";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import guide from "../../../docs/guides/console.md?raw";
import { t } from "../i18n";
import { Markdown, parts } from "../lib/markdown";
import { Head, Sheet } from "../ui/bits";

const route = getRouteApi("/inside/help");
const all = parts(guide);

export function HelpPage() {
  const { about } = route.useSearch();
  const navigate = useNavigate();
  const chosen = all.find((part) => part.id === about) ?? all[0];
  return (
    <>
      <Head title={t("help.title")} about={t("help.about")} />
      <div className="grid">
        <NativeSelect
          className="only-narrow"
          aria-label={t("help.choose")}
          lang="en"
          value={chosen?.id ?? ""}
          data={all.map((part) => ({ value: part.id, label: part.title }))}
          onChange={(event) => void navigate({ to: "/help", search: { about: event.currentTarget.value } })}
        />
        <nav className="w4 sheet only-wide" aria-label={t("help.title")}>
          <ul className="todo" lang="en">
            {all.map((part) => (
              <li key={part.id}>
                <Link className="row" style={{ minHeight: "2.75rem", padding: "0.5rem 1rem", display: "block", fontWeight: part.id === chosen?.id ? 700 : 400 }} to="/help" search={{ about: part.id }}>
                  {part.title}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
        <div className="w8">
          <Sheet title={chosen?.title}>
            <div className="body" lang="en">{chosen && <Markdown text={chosen.body} />}</div>
          </Sheet>
          <p className="small quiet" style={{ marginTop: "0.75rem" }}>{t("help.keys")}</p>
        </div>
      </div>
    </>
  );
}
