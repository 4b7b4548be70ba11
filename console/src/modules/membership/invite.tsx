/** A code that enrols one person or device once: made in this browser, shown once, known to the ledger by its digest only. */

import { MultiSelect, Select, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { members } from "../../api/queries";
import { t, word } from "../../i18n";
import { Head, Sheet } from "../../ui/bits";
import { useMembers, useWhyNot } from "../../ui/hooks";
import { Submit } from "../../ui/submit";
import { effectWords } from "../../ui/words";

const route = getRouteApi("/inside/modules/$module/$");
const ROLES = ["logistics-officer", "supplier-clerk", "scanner", "auditor", "member-administrator", "security-officer"];
const DAY_MS = 24 * 3_600_000;
const CODE_BYTES = 16;

const hex = (bytes: Uint8Array) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");

export function Invite() {
  const search = route.useSearch();
  const known = useMembers();
  const { data } = useQuery(members());
  const why = useWhyNot(["member-administrator"]);
  const member = search.member ?? "";
  const [kind, setKind] = useState("person");
  const [roles, setRoles] = useState<string[]>(["logistics-officer"]);
  const [unit, setUnit] = useState<string | null>(null);
  const [days, setDays] = useState("7");
  const [code] = useState(() => crypto.getRandomValues(new Uint8Array(CODE_BYTES)));
  const [digest, setDigest] = useState<string>();
  const [sent, setSent] = useState(false);
  useEffect(() => {
    void crypto.subtle.digest("SHA-256", code).then((made) => setDigest(hex(new Uint8Array(made))));
  }, [code]);
  const units = data?.members.find((one) => one.member === member)?.units ?? [];
  const name = (id: string | undefined) => known.get(id ?? "")?.name ?? id ?? "–";
  const within = Number(days);
  const missing = roles.length === 0 ? t("invite.roles_missing") : !(within >= 1 && within <= 30) ? t("invite.days_wrong") : digest === undefined ? t("state.loading") : undefined;
  const shown = hex(code).match(/.{4}/g)?.join(" ") ?? "";
  return (
    <>
      <Head crumb={<Link to="/modules/$module/$" params={{ module: "membership", _splat: `members/${member}` }}>{name(member)}</Link>} title={t("invite.title")} about={t("invite.about")} />
      <Sheet>
        <div className="body form" style={{ padding: "1rem" }}>
          <div className="pair">
            <Select label={t("network.kind")} data={["person", "device", "service"].map((value) => ({ value, label: word("signerkind", value) }))} value={kind} allowDeselect={false} onChange={(value) => setKind(value ?? "person")} />
            <Select label={t("invite.unit")} clearable data={units.map((one) => ({ value: one.unit, label: one.name }))} value={unit} onChange={setUnit} />
          </div>
          <MultiSelect label={t("settings.roles")} data={ROLES.map((value) => ({ value, label: word("role", value) }))} value={roles} onChange={setRoles} />
          <TextInput label={t("invite.days")} inputMode="numeric" value={days} onChange={(event) => setDays(event.currentTarget.value)} />
          <Submit
            may="membership::offer_enrolment"
            onSent={() => setSent(true)}
            why={why ?? missing}
            make={() =>
              missing
                ? undefined
                : {
                    title: t("invite.title_entry", { member: name(member) }),
                    path: "/v1/modules/membership/actions/offer_enrolment",
                    body: { member, kind, roles, code_digest: digest, expires_ms: Date.now() + within * DAY_MS, ...(unit && { unit }) },
                  }
            }
            action={t("submit.check")}
            words={(effects) => effectWords(effects, name)}
          />
          {sent && (
            <div className="notice good" role="status">
              <h3>{t("invite.code")}</h3>
              <p className="mono" style={{ fontSize: "1.25rem" }} data-testid="code">{shown}</p>
              <p>{t("invite.code_more")}</p>
            </div>
          )}
        </div>
      </Sheet>
    </>
  );
}
