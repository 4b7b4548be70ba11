/** Membership: who takes part, with people, devices, keys and roles of each, and a way to every action on them. */

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { members, network, question } from "../../api/queries";
import { number, t, word } from "../../i18n";
import { Empty, Facts, Head, MemberName, Sheet, StateMark, Time, Trouble, Waiting } from "../../ui/bits";
import { DataTable } from "../../ui/table";
import type { Own } from "../page";
import { Invite } from "./invite";

interface Signer {
  did: string;
  kind: string;
  status: string;
  roles: string[];
  unit?: string | null;
  keys: { key_id: string; assurance: string; valid_from_ms: number; valid_until_ms?: number | null; revoked_ms?: number | null; jwk: { kty: string; crv?: string; alg?: string } }[];
}

function Members() {
  const { data, error } = useQuery(members());
  const { data: net } = useQuery(network());
  if (error) return <Trouble error={error} />;
  return (
    <>
      <Head title={t("nav.members")} about={t("membership.about")}>
        <Link to="/modules/$module/$" params={{ module: "membership", _splat: "" }} search={{ view: "plain" }}>{t("module.all")}</Link>
      </Head>
      <Sheet>
        <DataTable
          rows={data?.members}
          id={(row) => row.member}
          file="members"
          caption={t("nav.members")}
          empty={<Empty title="–" />}
          columns={[
            { name: "member", title: t("goods.member"), cell: (row) => <MemberName id={row.member} />, value: (row) => row.member },
            { name: "kind", title: t("network.kind"), cell: (row) => word("memberkind", row.kind), value: (row) => row.kind },
            { name: "status", title: t("network.status"), cell: (row) => <StateMark state={row.status} />, value: (row) => row.status },
            { name: "validator", title: t("network.validates"), cell: (row) => t(net?.validators.includes(row.member) ? "word.yes" : "word.no"), value: (row) => net?.validators.includes(row.member) },
            { name: "signers", title: t("network.signers"), num: true, cell: (row) => number(row.signers), value: (row) => row.signers },
            { name: "units", title: t("membership.units"), num: true, cell: (row) => number(row.units.length), value: (row) => row.units.length },
          ]}
        />
      </Sheet>
    </>
  );
}

function OneMember({ rest }: { rest: string }) {
  const id = decodeURIComponent(rest.split("/")[1] ?? "");
  const { data: list, error } = useQuery(members());
  const { data: people } = useQuery(question("membership", "signers", { member: id, limit: "500" }));
  const member = list?.members.find((one) => one.member === id);
  if (error) return <Trouble error={error} />;
  if (list === undefined) return <Waiting lines={8} />;
  if (member === undefined) return <Empty title={t("membership.unknown")}>{id}</Empty>;
  const signers = (people as { signers: Signer[] } | undefined)?.signers;
  const act = (name: string, search: Record<string, string>, text: string) => (
    <Link to="/modules/$module/$" params={{ module: "membership", _splat: `act/${name}` }} search={search}>{text}</Link>
  );
  return (
    <>
      <Head crumb={<Link to="/modules/$module/$" params={{ module: "membership", _splat: "" }}>{t("nav.members")}</Link>} title={member.name} about={<><span className="mono">{member.member}</span> · {word("memberkind", member.kind)}</>}>
        <Link to="/modules/$module/$" params={{ module: "membership", _splat: "invite" }} search={{ member: id }}>{t("invite.title")}</Link>
        {act("enrol_signer", { member: id }, t("membership.enrol"))}
        {act("enrol_unit", { member: id }, t("membership.unit"))}
      </Head>
      <div className="grid">
        <div className="w4 stack">
          <Sheet title={t("membership.standing")}>
            <div className="body">
              <Facts
                rows={[
                  [t("network.status"), <StateMark key="s" state={member.status} />],
                  [t("membership.founding"), t(member.founding ? "word.yes" : "word.no")],
                  [t("network.enrolled"), <Time key="e" at={member.enrolled_ms} />],
                  [t("network.validates"), member.validator ? <span key="v" className="mono">{member.validator.slice(0, 16)}…</span> : t("word.no")],
                  [t("membership.heads"), member.tree_head_keys.map((key) => (key.jwk as { alg?: string; crv?: string }).alg ?? (key.jwk as { crv?: string }).crv).join(", ") || "–"],
                ]}
              />
            </div>
          </Sheet>
          <Sheet title={t("membership.units")}>
            {member.units.length === 0 ? <Empty title={t("membership.no_units")}>{t("membership.no_units_more")}</Empty> : (
              <ul className="todo">{member.units.map((unit) => <li key={unit.unit} style={{ padding: "0.5rem 1rem" }}>{unit.name} <span className="mono quiet">{unit.unit}</span></li>)}</ul>
            )}
          </Sheet>
        </div>
        <div className="w8">
          <Sheet title={t("network.signers")}>
            <DataTable
              rows={signers}
              id={(row) => row.did}
              file={`signers-${id}`}
              caption={t("network.signers")}
              empty={<Empty title={t("membership.nobody")} />}
              columns={[
                { name: "did", title: t("network.signer"), cell: (row) => <Link className="mono" to="/modules/$module/$" params={{ module: "membership", _splat: "ask/signer" }} search={{ view: "plain", did: row.did }}>{row.did}</Link>, value: (row) => row.did },
                { name: "kind", title: t("network.kind"), cell: (row) => word("signerkind", row.kind), value: (row) => row.kind },
                { name: "roles", title: t("settings.roles"), cell: (row) => row.roles.map((role) => word("role", role)).join(", "), value: (row) => row.roles },
                { name: "status", title: t("network.status"), cell: (row) => <StateMark state={row.status} />, value: (row) => row.status },
                { name: "keys", title: t("membership.keys"), cell: (row) => row.keys.map((key) => `${key.jwk.alg ?? key.jwk.crv ?? key.jwk.kty} · ${word("assurance", key.assurance)}`).join("; "), value: (row) => row.keys.map((key) => key.key_id) },
              ]}
            />
          </Sheet>
        </div>
      </div>
    </>
  );
}

export const own: Own = {
  page: (rest) => (rest === "" ? Members : rest === "invite" ? Invite : rest.startsWith("members/") ? OneMember : undefined),
};
