/** Where somebody is signed in, and with which passkeys: a part of the settings. */

import { Button, TextInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api, data, type Schemas } from "../api/client";
import { passkeys, sessions, ways } from "../api/queries";
import { signOut } from "../app/session";
import { addPasskey, Cancelled, deviceName, passkeysWorkHere } from "../app/ways";
import { t, word } from "../i18n";
import { Sheet, Time, Trouble } from "../ui/bits";

/** `Mozilla/5.0 (X11; Linux x86_64) … Chrome/156.0` → `Chrome 156 · Linux`. */
export function browserName(agent: string): string {
  const found = /(Firefox|Edg|OPR|Chrome|Safari)\/(\d+)/g;
  const names = [...agent.matchAll(found)].map(([, name, version]) => ({ name, version }));
  const best = names.find(({ name }) => name !== "Chrome" && name !== "Safari") ?? names[0];
  const system = /Android|iPhone|iPad|Windows|Mac OS X|Linux/.exec(agent)?.[0];
  const shown = best === undefined ? agent.slice(0, 40) : `${best.name === "Edg" ? "Edge" : best.name} ${best.version}`;
  return system === undefined ? shown : `${shown} · ${system}`;
}

export function Sessions() {
  const queries = useQueryClient();
  const { data: list } = useQuery(sessions());
  const [fault, setFault] = useState<unknown>();
  if (list === undefined || list.sessions.length === 0) return null;
  const end = (own: Schemas["OwnSessionView"]) => {
    if (own.current) {
      signOut();
      queries.clear();
      return;
    }
    data(api.DELETE("/v1/sessions/{id}", { params: { path: { id: own.id } } })).then(() => queries.invalidateQueries({ queryKey: ["sessions"] }), setFault);
  };
  return (
    <Sheet title={t("sessions.title")}>
      <div className="body stack">
        {fault !== undefined && <Trouble error={fault} />}
        <ul style={{ display: "grid", gap: "0.75rem", listStyle: "none", padding: 0, margin: 0 }}>
          {list.sessions.map((own) => (
            <li key={own.id} style={{ display: "flex", justifyContent: "space-between", gap: "1rem", alignItems: "center" }}>
              <div>
                <div>
                  {browserName(own.device)} {own.current && <strong>({t("sessions.this")})</strong>}
                </div>
                <div className="small quiet">
                  {word("how", own.how)} · {own.address} · {t("sessions.seen")} <Time at={own.seen_ms} relative /> · {t("sessions.until")} <Time at={own.ends_ms} />
                </div>
              </div>
              <Button size="compact-sm" variant="default" onClick={() => end(own)} aria-label={`${own.current ? t("signin.out") : t("sessions.end")}: ${browserName(own.device)}`}>
                {own.current ? t("signin.out") : t("sessions.end")}
              </Button>
            </li>
          ))}
        </ul>
      </div>
    </Sheet>
  );
}

export function Passkeys() {
  const queries = useQueryClient();
  const { data: list } = useQuery(passkeys());
  const { data: signedIn } = useQuery(sessions());
  const { data: offered } = useQuery(ways());
  const [name, setName] = useState(deviceName());
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<unknown>();
  const host = offered?.ways.find((way) => way.kind === "passkey")?.host;
  // With a token passkeys are not changed: whoever found it would stay for good.
  if (host === undefined || list === undefined || !signedIn?.sessions.some((own) => own.current)) return null;
  const again = () => queries.invalidateQueries({ queryKey: ["passkeys"] });
  const add = (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setFault(undefined);
    addPasskey(name)
      .then(again, setFault)
      .finally(() => setBusy(false));
  };
  const remove = (id: string) => data(api.DELETE("/v1/passkeys/{id}", { params: { path: { id } } })).then(again, setFault);
  return (
    <Sheet title={t("passkeys.title")}>
      <div className="body stack">
        {fault instanceof Cancelled ? <div className="notice" role="alert">{t("signin.cancelled")}</div> : fault !== undefined && <Trouble error={fault} />}
        {list.passkeys.length === 0 && <p className="quiet">{t("passkeys.none")}</p>}
        <ul style={{ display: "grid", gap: "0.75rem", listStyle: "none", padding: 0, margin: 0 }}>
          {list.passkeys.map((own) => (
            <li key={own.id} style={{ display: "flex", justifyContent: "space-between", gap: "1rem", alignItems: "center" }}>
              <div>
                <div>{own.name || "–"}</div>
                <div className="small quiet">
                  {own.off ? <span className="fail">{t("passkeys.off")}</span> : own.used_ms == null ? t("passkeys.unused") : <>{t("sessions.seen")} <Time at={own.used_ms} relative /></>}
                </div>
              </div>
              <Button size="compact-sm" variant="default" onClick={() => void remove(own.id)} aria-label={`${t("do.remove")}: ${own.name}`}>
                {t("do.remove")}
              </Button>
            </li>
          ))}
        </ul>
        {passkeysWorkHere(host) && (
          <form onSubmit={add} style={{ display: "flex", gap: "0.5rem", alignItems: "end", flexWrap: "wrap" }}>
            <TextInput label={t("signin.device")} value={name} onChange={(event) => setName(event.currentTarget.value)} maxLength={60} />
            <Button type="submit" variant="default" loading={busy}>
              {t("passkeys.add")}
            </Button>
          </form>
        )}
      </div>
    </Sheet>
  );
}
