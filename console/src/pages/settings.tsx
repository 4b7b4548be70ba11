/** How this browser shows the console: language, light, hands; the address book; who is signed in. */

import { Button, FileButton, SegmentedControl, Select, useMantineColorScheme } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { session } from "../api/queries";
import { signOut } from "../app/session";
import { LANGUAGES, type Language, setLanguage, t, useLanguage, word } from "../i18n";
import { type Hands, setHands, useHands } from "../lib/hands";
import { addEntries, BookError, clearBook, parseBook, useBook } from "../lib/names";
import { save } from "../lib/save";
import { Facts, Head, MemberName, Sheet } from "../ui/bits";
import { useMe } from "../ui/hooks";
import { OwnKeySheet } from "./own-key";
import { Passkeys, Sessions } from "./sessions";

export function SettingsPage() {
  const language = useLanguage();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const hands = useHands();
  return (
    <>
      <Head title={t("nav.settings")} about={t("settings.about")} />
      <div className="grid">
        <div className="w6">
          <Sheet title={t("settings.look")}>
            <div className="body form">
              <Select label={t("settings.language")} data={Object.entries(LANGUAGES).map(([value, label]) => ({ value, label }))} value={language} allowDeselect={false} onChange={(value) => void setLanguage(value as Language)} />
              <Choice title={t("settings.light_dark")} value={colorScheme} onChange={(value) => setColorScheme(value as "auto")} data={[["auto", t("settings.auto")], ["light", t("settings.light")], ["dark", t("settings.dark")]]} />
              <Choice title={t("settings.hands")} value={hands} onChange={(value) => setHands(value as Hands)} data={[["bare", t("settings.bare")], ["gloves", t("settings.gloves")]]} />
            </div>
          </Sheet>
        </div>
        <div className="w6 stack">
          <Who />
          <Sessions />
          <Passkeys />
          <OwnKeySheet />
          <Book />
        </div>
      </div>
    </>
  );
}

function Choice({ title, value, data, onChange }: { title: string; value: string; data: [string, string][]; onChange: (value: string) => void }) {
  return (
    <div role="group" aria-label={title}>
      <div style={{ fontSize: "0.9375rem", fontWeight: 500, marginBottom: 4 }}>{title}</div>
      <SegmentedControl value={value} onChange={onChange} data={data.map(([value, label]) => ({ value, label }))} transitionDuration={0} />
    </div>
  );
}

function Who() {
  const me = useMe();
  const { data: mine } = useQuery(session());
  const queries = useQueryClient();
  return (
    <Sheet title={t("settings.who")} tools={<Button size="compact-sm" variant="default" onClick={() => { signOut(); queries.clear(); }}>{t("signin.out")}</Button>}>
      <div className="body">
        <Facts
          rows={[
            [t("goods.member"), <MemberName key="m" id={me.member} />],
            [t("network.signer"), <span key="s" className="mono">{me.signer ?? t("settings.nobody")}</span>],
            [t("settings.roles"), me.roles?.map((role) => word("role", role)).join(", ") ?? "–"],
            [t("settings.how"), mine?.how ? word("how", mine.how) : "–"],
            [t("settings.scopes"), me.scopes?.join(", ") ?? "–"],
            [t("settings.key"), me.key ? <span key="k">{word("assurance", "own_key")} <span className="mono">{me.key.id}</span></span> : t("settings.key_node")],
          ]}
        />
      </div>
    </Sheet>
  );
}

function Book() {
  const book = useBook();
  const [fault, setFault] = useState<string>();
  const read = async (file: File | null) => {
    if (file === null) return;
    try {
      addEntries(parseBook(await file.text()));
      setFault(undefined);
    } catch (error) {
      setFault(error instanceof BookError ? error.message : String(error));
    }
  };
  return (
    <Sheet title={t("settings.book")}>
      <div className="body stack">
        <p className="quiet">{t("settings.book_about", { n: book.size })}</p>
        {fault && <div className="notice bad" role="alert"><span className="fail" lang="en">{fault}</span></div>}
        <div style={{ display: "flex", gap: "0.5rem", flexWrap: "wrap" }}>
          <FileButton accept="application/json,.json" onChange={(file) => void read(file)}>
            {(props) => <Button variant="default" {...props}>{t("settings.book_load")}</Button>}
          </FileButton>
          <Button variant="default" onClick={() => void import("../lib/scenario").then(({ scenario }) => addEntries(scenario))}>{t("settings.book_scenario")}</Button>
          <Button variant="default" disabled={book.size === 0} onClick={() => save("address-book.json", JSON.stringify([...book.values()], null, 2), "application/json")}>{t("settings.book_save")}</Button>
          <Button variant="default" disabled={book.size === 0} onClick={clearBook}>{t("settings.book_clear")}</Button>
        </div>
      </div>
    </Sheet>
  );
}
