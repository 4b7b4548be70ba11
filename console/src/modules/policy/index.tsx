/** Policy: what waits for a second person, and the policies that say who may. */

import { Link } from "@tanstack/react-router";
import { useQuery } from "@tanstack/react-query";
import { question } from "../../api/queries";
import { t, word } from "../../i18n";
import { Empty, Head, Sheet, StateMark, Time, Trouble } from "../../ui/bits";
import { DataTable } from "../../ui/table";
import type { Own } from "../page";
import { OneRequest, Requests } from "./requests";

interface Policy {
  id: string;
  state: string;
  effect: string;
  description: string;
  grantor: string;
  changed_ms: number;
}

function Policies() {
  const { data, error } = useQuery(question("policy", "policies", {}));
  return (
    <>
      <Head title={t("policy.title")} about={t("policy.about")}>
        <Link to="/modules/$module/$" params={{ module: "policy", _splat: "requests" }}>{t("may.requests")}</Link>
        <Link to="/modules/$module/$" params={{ module: "policy", _splat: "" }} search={{ view: "plain" }}>{t("module.all")}</Link>
      </Head>
      <Sheet>
        {error ? <Trouble error={error} /> : (
          <DataTable
            rows={(data as { policies: Policy[] } | undefined)?.policies}
            id={(row) => row.id}
            file="policies"
            caption={t("policy.title")}
            empty={<Empty title={t("policy.none")}>{t("policy.none_more")}</Empty>}
            columns={[
              { name: "id", title: t("policy.id"), cell: (row) => <Link className="mono whole" to="/modules/$module/$" params={{ module: "policy", _splat: "ask/policy" }} search={{ view: "plain", id: row.id }}>{row.id}</Link>, value: (row) => row.id },
              { name: "effect", title: t("policy.effect"), cell: (row) => <StateMark state={row.effect} prefix="effect" />, value: (row) => row.effect },
              { name: "description", title: t("policy.says"), cell: (row) => <span lang="en">{row.description}</span>, value: (row) => row.description },
              { name: "grantor", title: t("policy.grantor"), cell: (row) => <span lang="en">{row.grantor}</span>, value: (row) => row.grantor },
              { name: "state", title: t("network.status"), cell: (row) => <span className="whole">{word("policy", row.state)}</span>, value: (row) => row.state },
              { name: "changed", title: t("policy.changed"), cell: (row) => <Time at={row.changed_ms} />, value: (row) => row.changed_ms },
            ]}
          />
        )}
      </Sheet>
    </>
  );
}

export const own: Own = {
  page: (rest) => (rest === "" ? Policies : rest === "requests" ? Requests : rest.startsWith("requests/") ? OneRequest : undefined),
};
