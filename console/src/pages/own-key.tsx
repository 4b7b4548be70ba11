/** The key of one's own: made in this browser, registered by an administrator or with a code, revoked. Part of the settings. */

import { Button, CopyButton, TextInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { session, signer } from "../api/queries";
import { t, time, word } from "../i18n";
import { forgetKey, hearOfKey, makeKey, newDid, type OwnKey, useKeysReady, useOwnKey } from "../lib/own-key";
import { Facts, Sheet, StateMark, Time, Trouble } from "../ui/bits";
import { useMe, useMembers, useWhyNot } from "../ui/hooks";
import { Submit } from "../ui/submit";
import { effectWords } from "../ui/words";

const ADMINISTRATORS = ["member-administrator"];
/** A code has 16 to 64 bytes. */
const CODE = /^[0-9a-f]{32,128}$/;

export function OwnKeySheet() {
  const key = useOwnKey();
  const state = key?.state;
  return (
    <Sheet title={t("key.title")} tools={key && <StateMark state={key.state} prefix="keystate" />}>
      <div className="body stack">
        {key === undefined ? <None /> : state === "made" ? <Made own={key} /> : <Registered own={key} />}
      </div>
    </Sheet>
  );
}

/** The new key as the ledger takes it. */
const newKey = (own: OwnKey) => ({ key: own.jwk, assurance: "own_key" });

function None() {
  const { data: mine } = useQuery(session());
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<unknown>();
  const make = async (did: string) => {
    setBusy(true);
    try {
      await makeKey(did);
    } catch (error) {
      setFault(error);
    } finally {
      setBusy(false);
    }
  };
  const own = mine?.signer;
  const ready = useKeysReady() && mine !== undefined;
  return (
    <>
      <p>{t("key.none")}</p>
      <p className="quiet">{t("key.none_more")}</p>
      {fault !== undefined && <Trouble error={fault} />}
      <div style={{ display: "flex", gap: "0.5rem", flexWrap: "wrap" }}>
        {own && <Button disabled={!ready} loading={busy} onClick={() => void make(own)}>{t("key.make")}</Button>}
        <Button variant="default" disabled={!ready} loading={busy} onClick={() => void make(newDid())}>{t("key.have_code")}</Button>
      </div>
    </>
  );
}

function Thumbprint({ own }: { own: OwnKey }) {
  return <span className="mono">{own.thumbprint.match(/.{4}/g)?.slice(0, 8).join(" ")}</span>;
}

/** Registered by whoever administers: oneself, an administrator with a link, or with a code. */
function Made({ own }: { own: OwnKey }) {
  const { data: mine } = useQuery(session());
  const members = useMembers();
  const queries = useQueryClient();
  const why = useWhyNot(ADMINISTRATORS);
  const [code, setCode] = useState("");
  const byCode = own.did !== mine?.signer;
  const typed = code.replaceAll(/[\s-]/g, "").toLowerCase();
  const name = (id: string | undefined) => members.get(id ?? "")?.name ?? id ?? "–";
  const body = byCode ? { code: typed, did: own.did, key: newKey(own) } : { did: own.did, key: newKey(own) };
  const action = byCode ? "claim_enrolment" : "register_key";
  const link = `${location.origin}/modules/membership/act/${action}?${new URLSearchParams({ did: own.did, key: JSON.stringify(newKey(own)), ...(byCode && { code: typed }) }).toString()}`;
  const [silent, setSilent] = useState(false);
  const heard = async () => {
    setSilent(!(await hearOfKey(own, (now) => now.state !== "made")));
    await queries.invalidateQueries({ queryKey: ["member"] });
  };
  return (
    <>
      <p>{t(byCode ? "key.claim" : "key.register")}</p>
      <Facts
        rows={[
          [t("network.signer"), <span key="d" className="mono">{own.did}</span>],
          [t("key.algorithm"), own.algorithm],
          [t("key.id"), <span key="i" className="mono">{own.id}</span>],
          [t("key.thumbprint"), <Thumbprint key="t" own={own} />],
        ]}
      />
      {byCode && <TextInput label={t("key.code")} description={t("key.code_more")} value={code} onChange={(event) => setCode(event.currentTarget.value)} autoComplete="off" spellCheck={false} classNames={{ input: "mono" }} />}
      <Submit
        byNode
        may={`membership::${action}`}
        why={why ?? (byCode && !CODE.test(typed) ? t("key.code_missing") : undefined)}
        make={() => ({ title: t("key.title_register", { key: own.id }), path: `/v1/modules/membership/actions/${action}`, body })}
        action={t("submit.check")}
        words={(effects) => effectWords(effects, name)}
        done={<Hear go={heard} />}
      />
      {silent && <p className="wait" role="status">{t("key.not_yet")}</p>}
      <p className="small quiet">{t("key.pass_on")}</p>
      <div style={{ display: "flex", gap: "0.5rem", flexWrap: "wrap" }}>
        <CopyButton value={link}>{({ copy, copied }) => <Button variant="default" disabled={byCode && !CODE.test(typed)} onClick={copy}>{t(copied ? "key.copied" : "key.copy")}</Button>}</CopyButton>
        <Button variant="default" onClick={() => void heard()}>{t("key.check")}</Button>
        <Button variant="subtle" onClick={() => void forgetKey(own.id)}>{t("key.forget")}</Button>
      </div>
    </>
  );
}

/** The ledger has it: from when this node says so, the key signs. */
function Hear({ go }: { go: () => Promise<void> }) {
  const begun = useRef(false);
  useEffect(() => {
    if (begun.current) return;
    begun.current = true;
    void go();
  });
  return <p role="status">{t("state.loading")}</p>;
}

function Registered({ own }: { own: OwnKey }) {
  const me = useMe();
  const members = useMembers();
  const queries = useQueryClient();
  const { data: person } = useQuery(signer(own.did));
  const [revoking, setRevoking] = useState(false);
  const name = (id: string | undefined) => members.get(id ?? "")?.name ?? id ?? "–";
  const view = person?.keys.find((one) => one.key_id === own.id) ?? own.view;
  const heard = async () => {
    await hearOfKey(own, (now) => now.state === "ended");
    await queries.invalidateQueries({ queryKey: ["member"] });
    setRevoking(false);
  };
  return (
    <>
      <p>{t(own.state === "ready" ? "key.ready" : "key.ended")}</p>
      <Facts
        rows={[
          [t("network.signer"), <span key="d" className="mono">{own.did}</span>],
          [t("key.algorithm"), own.algorithm],
          [t("key.id"), <span key="i" className="mono">{own.id}</span>],
          [t("key.thumbprint"), <Thumbprint key="t" own={own} />],
          [t("key.assurance"), word("assurance", view?.assurance)],
          [t("key.valid"), <span key="v"><Time at={view?.valid_from_ms} /> – {view?.valid_until_ms == null ? t("key.no_end") : time(view.valid_until_ms)}</span>],
          [t("key.lane"), `${own.lane}`],
          ...(view?.revoked_ms == null ? [] : ([[t("key.revoked"), <span key="r"><Time at={view.revoked_ms} /> {view.reason}</span>]] as [string, React.ReactNode][])),
        ]}
      />
      {own.state === "ready" && !revoking && (
        <div style={{ display: "flex", gap: "0.5rem", flexWrap: "wrap" }}>
          <Button variant="default" color="signal" onClick={() => setRevoking(true)}>{t("key.revoke")}</Button>
        </div>
      )}
      {revoking && (
        <>
          <p>{t("key.revoke_more")}</p>
          <Submit
            may="membership::revoke_key"
            why={me.signer === undefined ? t("why.signer") : undefined}
            make={() => ({ title: t("key.title_revoke", { key: own.id }), path: "/v1/modules/membership/actions/revoke_key", body: { did: own.did, key_id: own.id, reason: "" } })}
            action={t("submit.check")}
            irreversible={own.id}
            words={(effects) => effectWords(effects, name)}
            done={<Button onClick={() => void heard()}>{t("key.done")}</Button>}
          />
        </>
      )}
      {own.state === "ended" && (
        <div>
          <Button onClick={() => void forgetKey(own.id)}>{t("key.anew")}</Button>
        </div>
      )}
    </>
  );
}
