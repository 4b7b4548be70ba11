/** Signing in: today with a token of the member's node. It says what that is, and takes people back where they were. */

import { Button, PasswordInput, Select } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useRouter } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { network, health } from "../api/queries";
import { signIn, signOut, useToken } from "../app/session";
import { LANGUAGES, type Language, setLanguage, t, useLanguage } from "../i18n";
import { Trouble } from "../ui/bits";

const route = getRouteApi("/signin");

export function SignIn() {
  const language = useLanguage();
  const { notice } = useToken();
  const { back } = route.useSearch();
  const router = useRouter();
  const queries = useQueryClient();
  const [text, setText] = useState("");
  const [fault, setFault] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const { data: node, isError } = useQuery({ ...health(), refetchInterval: 5_000 });
  const looksWrong = text.trim() !== "" && !/^convoy_[0-9a-f]{16,}$/.test(text.trim());

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (text.trim() === "") return;
    setBusy(true);
    setFault(undefined);
    signIn(text);
    queries.clear();
    try {
      await queries.fetchQuery(network());
      // Only a path of this console: an address in a link must not lead elsewhere.
      const to = back?.startsWith("/") && !back.startsWith("//") ? back : "/";
      await router.navigate({ href: to, replace: true });
    } catch (error) {
      signOut();
      setFault(error);
    } finally {
      setBusy(false);
    }
  };

  return (
    <main className="page" style={{ display: "grid", placeItems: "center", minHeight: "100dvh", margin: "0 auto" }}>
      <form className="sheet" style={{ width: "min(30rem, 100%)" }} onSubmit={(event) => void submit(event)} aria-labelledby="signin">
        <div style={{ background: "#1c3a30", color: "#e9e6da", padding: "1.25rem 1.5rem", borderRadius: "3px 3px 0 0" }}>
          <div style={{ font: "700 1.5rem 'Roboto Condensed', sans-serif", letterSpacing: "0.06em", textTransform: "uppercase" }}>Convoy</div>
          <div style={{ color: "#b3c4ba" }}>{t("app.motto")}</div>
        </div>
        <div style={{ padding: "1.25rem 1.5rem", display: "grid", gap: "1rem" }}>
          <h1 id="signin" style={{ fontSize: "1.375rem" }}>
            {t("signin.title")}
          </h1>
          {notice === "expired" && (
            <div className="notice" role="status">
              <strong>{t("signin.expired")}</strong> {back ? t("signin.back") : null}
            </div>
          )}
          <p className="quiet">{t("signin.about")}</p>
          <PasswordInput
            label={t("signin.token")}
            description={t("signin.token_more")}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            error={looksWrong ? t("signin.shape") : undefined}
            autoComplete="off"
            autoFocus
            spellCheck={false}
            size="md"
            visibilityToggleButtonProps={{ "aria-label": t("signin.show") }}
          />
          {fault !== undefined && <Trouble error={fault} />}
          <Button type="submit" size="md" loading={busy} disabled={text.trim() === ""}>
            {t("signin.go")}
          </Button>
          <p className="small quiet">{t("signin.key")}</p>
          <div style={{ display: "flex", justifyContent: "space-between", gap: "1rem", alignItems: "end", borderTop: "1px solid var(--line)", paddingTop: "0.75rem" }}>
            <span className="small quiet" role="status">
              {isError ? t("signin.node_off") : node ? t(node.ready ? "signin.node_ready" : "signin.node_busy", { height: node.height }) : t("state.loading")}
            </span>
            <Select
              size="xs"
              w={130}
              aria-label={t("settings.language")}
              data={Object.entries(LANGUAGES).map(([value, label]) => ({ value, label }))}
              value={language}
              allowDeselect={false}
              onChange={(value) => void setLanguage(value as Language)}
            />
          </div>
        </div>
      </form>
    </main>
  );
}
