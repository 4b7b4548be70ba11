/** Signing in: the ways that the node offers, an invitation for whom is new, and back to where one was. */

import { Button, Collapse, PasswordInput, Select, TextInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useRouter } from "@tanstack/react-router";
import { type FormEvent, type ReactNode, useState } from "react";
import { health, network, ways } from "../api/queries";
import { signIn, signOut, useToken } from "../app/session";
import { acceptWithPasskey, acceptWithPassphrase, addressFor, byDemo, byPasskey, byPassphrase, Cancelled, deviceName, enrol, type Invited, invitation, passkeysWorkHere, type Way } from "../app/ways";
import { LANGUAGES, type Language, setLanguage, t, useLanguage, word } from "../i18n";
import { Trouble } from "../ui/bits";

const route = getRouteApi("/signin");

/** Does something that ends signed in, one thing at a time, and tells what went wrong. */
interface Doing {
  busy: string | undefined;
  run: (what: string, work: () => Promise<void>) => void;
}

export function SignIn() {
  const language = useLanguage();
  const { notice } = useToken();
  const { back, fault: brought } = route.useSearch();
  const router = useRouter();
  const queries = useQueryClient();
  const [fault, setFault] = useState<unknown>();
  const [busy, setBusy] = useState<string>();
  const { data: node, isError } = useQuery({ ...health(), refetchInterval: 5_000 });
  const { data: offered } = useQuery(ways());
  const way = (kind: string) => offered?.ways.find((one) => one.kind === kind);
  // Only a path of this console: an address in a link must not lead elsewhere.
  const to = back?.startsWith("/") && !back.startsWith("//") ? back : "/";

  const run = (what: string, work: () => Promise<void>) => {
    setBusy(what);
    setFault(undefined);
    work()
      .then(async () => {
        queries.clear();
        await router.navigate({ href: to, replace: true });
      })
      .catch(setFault)
      .finally(() => setBusy(undefined));
  };
  const doing = { busy, run };
  const passkey = way("passkey");
  const demo = way("demo");
  const hasOther = offered !== undefined && offered.ways.some((one) => one.kind !== "token");

  return (
    <main className="page" style={{ display: "grid", placeItems: "center", minHeight: "100dvh", margin: "0 auto" }}>
      <div className="sheet" style={{ width: "min(30rem, 100%)" }} role="region" aria-labelledby="signin">
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
          {brought !== undefined && (
            <div className="notice bad" role="alert">
              <strong>{t("signin.provider_failed")}</strong> <span className="mono">{brought}</span>
            </div>
          )}
          {offered?.safe === false && (
            <div className="notice bad" role="alert">
              {t("signin.unsafe")}
            </div>
          )}
          {fault instanceof Cancelled ? (
            <div className="notice" role="alert">
              {t("signin.cancelled")}
            </div>
          ) : (
            fault !== undefined && <Trouble error={fault} />
          )}
          {demo && <Demo way={demo} doing={doing} />}
          {passkey && <Passkey way={passkey} doing={doing} />}
          {offered?.ways
            .filter((one) => one.kind === "oidc")
            .map((one) => (
              <Button key={one.name} component="a" size="md" variant="default" href={`/v1/signin/oidc/${encodeURIComponent(one.name ?? "")}?back=${encodeURIComponent(to)}`}>
                {t("signin.at", { title: one.title ?? one.name ?? "" })}
              </Button>
            ))}
          {way("passphrase") && <Passphrase doing={doing} />}
          {hasOther && <Part title={t("signin.invited")}>{<Invitation doing={doing} />}</Part>}
          {hasOther ? (
            <Part title={t("signin.use_token")}>
              <Token doing={doing} />
            </Part>
          ) : (
            <Token doing={doing} />
          )}
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
      </div>
    </main>
  );
}

/** A part that most people do not need. */
function Part({ title, children }: { title: string; children: ReactNode }) {
  const [open, setOpen] = useState(false);
  return (
    <div>
      <Button variant="subtle" size="compact-md" aria-expanded={open} onClick={() => setOpen(!open)} px={0}>
        {title}
      </Button>
      <Collapse expanded={open} transitionDuration={0}>
        <div style={{ paddingTop: "0.75rem" }}>{open && children}</div>
      </Collapse>
    </div>
  );
}

function Passkey({ way, doing }: { way: Way; doing: Doing }) {
  const host = way.host ?? "";
  if (!passkeysWorkHere(host))
    return (
      <p className="small quiet">
        {t("signin.passkey_host")} <a href={addressFor(host)}>{host}</a>
      </p>
    );
  return (
    <Button size="md" loading={doing.busy === "passkey"} onClick={() => doing.run("passkey", byPasskey)}>
      {t("signin.passkey")}
    </Button>
  );
}

function Demo({ way, doing }: { way: Way; doing: Doing }) {
  return (
    <div className="notice" style={{ display: "grid", gap: "0.75rem" }}>
      <span>
        <strong>{t("signin.demo")}</strong> {t("signin.demo_more")}
      </span>
      <div style={{ display: "flex", flexWrap: "wrap", gap: "0.5rem" }}>
        {way.people?.map((person) => (
          <Button key={person.signer} variant="default" loading={doing.busy === person.signer} onClick={() => doing.run(person.signer, () => byDemo(person.signer))}>
            {t("signin.demo_as", { name: person.name })}
          </Button>
        ))}
      </div>
    </div>
  );
}

function Passphrase({ doing }: { doing: Doing }) {
  const [name, setName] = useState("");
  const [passphrase, setPassphrase] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    doing.run("passphrase", () => byPassphrase(name, passphrase));
  };
  return (
    <form onSubmit={submit} style={{ display: "grid", gap: "0.75rem" }}>
      <TextInput label={t("signin.name")} value={name} onChange={(event) => setName(event.currentTarget.value)} autoComplete="username" autoCapitalize="none" spellCheck={false} />
      <PasswordInput
        label={t("signin.passphrase")}
        value={passphrase}
        onChange={(event) => setPassphrase(event.currentTarget.value)}
        autoComplete="current-password"
        visibilityToggleButtonProps={{ "aria-label": t("signin.show_passphrase") }}
      />
      <Button type="submit" variant="default" loading={doing.busy === "passphrase"} disabled={name.trim() === "" || passphrase === ""}>
        {t("signin.with_passphrase")}
      </Button>
    </form>
  );
}

function Token({ doing }: { doing: Doing }) {
  const queries = useQueryClient();
  const [text, setText] = useState("");
  const looksWrong = text.trim() !== "" && !/^convoy_[0-9a-f]{16,}$/.test(text.trim());
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (text.trim() === "") return;
    doing.run("token", async () => {
      signIn(text);
      queries.clear();
      try {
        await queries.fetchQuery(network());
      } catch (error) {
        signOut();
        throw error;
      }
    });
  };
  return (
    <form onSubmit={submit} style={{ display: "grid", gap: "0.75rem" }}>
      <PasswordInput
        label={t("signin.token")}
        description={t("signin.token_more")}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        error={looksWrong ? t("signin.shape") : undefined}
        autoComplete="off"
        spellCheck={false}
        visibilityToggleButtonProps={{ "aria-label": t("signin.show") }}
      />
      <Button type="submit" variant="default" loading={doing.busy === "token"} disabled={text.trim() === ""}>
        {t("signin.with_token")}
      </Button>
    </form>
  );
}

/** The code says for whom it is; then a passkey or a passphrase is set up, or somebody new is enrolled, and the code is used up. */
function Invitation({ doing }: { doing: Doing }) {
  const [code, setCode] = useState("");
  const [invited, setInvited] = useState<Invited>();
  const [fault, setFault] = useState<unknown>();
  const read = (event: FormEvent) => {
    event.preventDefault();
    setFault(undefined);
    invitation(code).then(setInvited, setFault);
  };
  if (invited === undefined)
    return (
      <form onSubmit={read} style={{ display: "grid", gap: "0.75rem" }}>
        <TextInput label={t("signin.code")} description={t("signin.code_more")} value={code} onChange={(event) => setCode(event.currentTarget.value)} autoComplete="off" spellCheck={false} classNames={{ input: "mono" }} />
        {fault !== undefined && <Trouble error={fault} />}
        <Button type="submit" variant="default" disabled={code.trim() === ""}>
          {t("signin.next")}
        </Button>
      </form>
    );
  if (invited.enrolment != null) return <Enrol code={code} invited={invited} doing={doing} />;
  return <SetUp code={code} invited={invited} doing={doing} />;
}

/** Somebody new: the code says what they become; the passkey and the key are made here and stay here. */
function Enrol({ code, invited, doing }: { code: string; invited: Invited; doing: Doing }) {
  const [device, setDevice] = useState(deviceName());
  const rp = (invited.passkey?.publicKey as { rp?: { id?: string } } | undefined)?.rp?.id;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    doing.run("enrol", () => enrol(code, device));
  };
  const roles = invited.enrolment?.roles.map((role) => word("role", role)).join(", ") ?? "";
  return (
    <form onSubmit={submit} style={{ display: "grid", gap: "0.75rem" }}>
      <p>{t("signin.enrols_as", { member: invited.member, roles })}</p>
      <p className="small quiet">{t("signin.enrol_more")}</p>
      {passkeysWorkHere(rp) ? (
        <>
          <TextInput label={t("signin.device")} value={device} onChange={(event) => setDevice(event.currentTarget.value)} maxLength={60} />
          <Button type="submit" loading={doing.busy === "enrol"}>
            {t("signin.enrol")}
          </Button>
        </>
      ) : (
        <p className="small quiet">
          {t("signin.passkey_host")} <a href={addressFor(rp ?? "")}>{rp}</a>
        </p>
      )}
    </form>
  );
}

function SetUp({ code, invited, doing }: { code: string; invited: Invited; doing: Doing }) {
  const [device, setDevice] = useState(deviceName());
  const [name, setName] = useState("");
  const [passphrase, setPassphrase] = useState("");
  const options = invited.passkey;
  const passkey = (event: FormEvent) => {
    event.preventDefault();
    if (options) doing.run("new passkey", () => acceptWithPasskey(code, device, options));
  };
  const phrase = (event: FormEvent) => {
    event.preventDefault();
    doing.run("new passphrase", () => acceptWithPassphrase(code, name, passphrase));
  };
  const rp = (options?.publicKey as { rp?: { id?: string } } | undefined)?.rp?.id;
  return (
    <div style={{ display: "grid", gap: "1rem" }}>
      <p>
        {t("signin.invited_as", { member: invited.member })} <span className="mono small">{invited.signer}</span>
      </p>
      {options && !passkeysWorkHere(rp) && (
        <p className="small quiet">
          {t("signin.passkey_host")} <a href={addressFor(rp ?? "")}>{rp}</a>
        </p>
      )}
      {options && passkeysWorkHere(rp) && (
        <form onSubmit={passkey} style={{ display: "grid", gap: "0.75rem" }}>
          <TextInput label={t("signin.device")} value={device} onChange={(event) => setDevice(event.currentTarget.value)} maxLength={60} />
          <Button type="submit" loading={doing.busy === "new passkey"}>
            {t("signin.new_passkey")}
          </Button>
        </form>
      )}
      {invited.passphrase && (
        <form onSubmit={phrase} style={{ display: "grid", gap: "0.75rem" }}>
          <TextInput label={t("signin.new_name")} description={t("signin.name_more")} value={name} onChange={(event) => setName(event.currentTarget.value)} autoComplete="username" autoCapitalize="none" spellCheck={false} />
          <PasswordInput
            label={t("signin.new_passphrase")}
            description={t("signin.passphrase_more")}
            value={passphrase}
            onChange={(event) => setPassphrase(event.currentTarget.value)}
            autoComplete="new-password"
            visibilityToggleButtonProps={{ "aria-label": t("signin.show_passphrase") }}
          />
          <Button type="submit" variant="default" loading={doing.busy === "new passphrase"} disabled={name.trim() === "" || passphrase.length < 15}>
            {t("signin.set_passphrase")}
          </Button>
        </form>
      )}
    </div>
  );
}
