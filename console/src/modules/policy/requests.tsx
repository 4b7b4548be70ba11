/**
 * Requests for approval: what somebody wants to do, told in words, until a second person has approved it and it was done.
 *
 * How many have to approve and how long it cools off is read from the policy that demands it; the ledger counts.
 */

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { question } from "../../api/queries";
import { number, t, word } from "../../i18n";
import { Duration, Empty, Facts, Head, MemberName, Sheet, StateMark, Time, Trouble, Waiting } from "../../ui/bits";
import { useMe, useMembers, useNow } from "../../ui/hooks";
import { useMaySigner } from "../../ui/may";
import { type Submission, Submit } from "../../ui/submit";
import { DataTable } from "../../ui/table";
import { actionWords, effectWords, Sentences } from "../../ui/words";
import { policyAction, type Request, requests } from "./request";

const to = (rest: string) => ({ to: "/modules/$module/$", params: { module: "policy", _splat: rest } }) as const;

function useName() {
  const members = useMembers();
  return (id: string | undefined) => members.get(id ?? "")?.name ?? id ?? "–";
}

export function Requests() {
  const { data, error } = useQuery(requests(false));
  const name = useName();
  const me = useMe();
  return (
    <>
      <Head crumb={<Link {...to("")}>{t("policy.title")}</Link>} title={t("may.requests")} about={t("requests.about")} />
      <Sheet>
        {error ? <Trouble error={error} /> : (
          <DataTable
            rows={(data as { requests: Request[] } | undefined)?.requests}
            id={(row) => row.request}
            file="requests"
            caption={t("may.requests")}
            empty={<Empty title={t("requests.none")}>{t("requests.none_more")}</Empty>}
            columns={[
              { name: "what", title: t("goods.what"), cell: (row) => <Link {...to(`requests/${row.request}`)} style={{ fontWeight: 500 }}>{actionWords(row.module, row.action, name)[0]}</Link>, value: (row) => JSON.stringify(row.action) },
              { name: "state", title: t("network.status"), cell: (row) => <StateMark state={row.state} prefix="request" />, value: (row) => row.state },
              { name: "signer", title: t("requests.by"), cell: (row) => (row.signer === me.signer ? t("requests.me") : <span><MemberName id={row.member} /> <span className="mono small">{row.signer.slice(0, 20)}…</span></span>), value: (row) => row.signer },
              { name: "approved", title: t("requests.approved"), num: true, cell: (row) => number(row.approved_by.length), value: (row) => row.approved_by.length },
              { name: "asked", title: t("requests.asked"), cell: (row) => <Time at={row.asked_ms} />, value: (row) => row.asked_ms },
              { name: "expires", title: t("requests.until"), cell: (row) => <Time at={row.expires_ms} relative={row.state === "open"} />, value: (row) => row.expires_ms },
            ]}
          />
        )}
      </Sheet>
    </>
  );
}

export function OneRequest({ rest }: { rest: string }) {
  const id = rest.split("/")[1] ?? "";
  const { data, error } = useQuery({ ...question("policy", "request", { request: id }), retry: false });
  const request = data as Request | undefined;
  if (error) return <Trouble error={error} />;
  if (request === undefined) return <Waiting lines={8} />;
  return <Loaded request={request} />;
}

function Loaded({ request }: { request: Request }) {
  const me = useMe();
  const name = useName();
  const now = useNow(1_000);
  const [sent, setSent] = useState<"approve" | "withdraw" | "do">();
  const mine = me.signer === request.signer;
  // What policies want of who asked, with a key of one's own: an approval is not about the key.
  const { approval } = useMaySigner(policyAction(request), request.signer, true);
  const needed = approval?.needed ?? 1;
  const cooledMs = request.asked_ms + (approval?.waitMs ?? 0);
  const open = request.state === "open";
  const ready = request.approved_by.length >= needed && now >= cooledMs;
  const [kind = "", fields = {}] = Object.entries((request.action ?? {}) as Record<string, unknown>)[0] ?? [];
  const words = actionWords(request.module, request.action, name);
  const approved = me.signer !== undefined && request.approved_by.includes(me.signer);
  const run = (): Submission => ({ title: words[0] ?? kind, path: `/v1/modules/${request.module}/actions/${kind}`, body: fields });
  const ofPolicy = (action: string, title: string): Submission => ({ title, path: `/v1/modules/policy/actions/${action}`, body: { request: request.request } });
  return (
    <>
      <Head crumb={<Link {...to("requests")}>{t("may.requests")}</Link>} title={t("requests.one")} about={<StateMark state={request.state} prefix="request" />} />
      <div className="grid">
        <div className="w7 stack">
          <Sheet title={t("requests.what")}>
            <div className="body">
              <Sentences list={words} />
              <details style={{ marginTop: "0.75rem" }}>
                <summary className="small quiet">{t("requests.exactly")}</summary>
                <pre className="mono" tabIndex={0} style={{ maxHeight: "16rem", overflow: "auto" }}>{JSON.stringify(request.action, null, 1)}</pre>
              </details>
            </div>
          </Sheet>
          {(open && me.signer !== undefined && !mine && !approved || sent === "approve") && (
            <Sheet title={t("requests.second")}>
              <div className="body stack">
                <p>{t("requests.second_more")}</p>
                <Submit onSent={() => setSent("approve")} may="policy::approve" make={() => ofPolicy("approve", t("requests.title_approve", { what: words[0] ?? "" }))} action={t("requests.approve")} words={(effects) => <><Sentences list={words} />{effectWords(effects, name)}</>} />
              </div>
            </Sheet>
          )}
          {(open && mine || sent === "do") && (
            <Sheet title={t("requests.do")}>
              <div className="body stack">
                <p>{t(ready ? "requests.ready" : "requests.not_ready")}</p>
                <Submit
                  onSent={() => setSent("do")}
                  why={ready || sent === "do" ? undefined : request.approved_by.length < needed ? t("requests.lacks", { n: needed - request.approved_by.length }) : t("requests.cooling")}
                  make={run}
                  action={t("submit.check")}
                  words={(effects) => effectWords(effects, name)}
                />
              </div>
            </Sheet>
          )}
          {(open && mine || sent === "withdraw") && (
            <Sheet title={t("requests.withdraw")}>
              <div className="body stack">
                <Submit onSent={() => setSent("withdraw")} may="policy::withdraw_request" make={() => ofPolicy("withdraw_request", t("requests.title_withdraw", { what: words[0] ?? "" }))} action={t("requests.withdraw")} words={(effects) => effectWords(effects, name)} />
              </div>
            </Sheet>
          )}
        </div>
        <div className="w5 stack">
          <Sheet title={t("requests.standing")}>
            <div className="body">
              <Facts
                rows={[
                  [t("requests.by"), <span key="b">{mine ? t("requests.me") : <MemberName id={request.member} />} <span className="mono small">{request.signer}</span></span>],
                  [t("requests.asked"), <Time key="a" at={request.asked_ms} />],
                  [t("requests.approved"), t("requests.of", { n: request.approved_by.length, needed })],
                  ...request.approved_by.map((did): [string, React.ReactNode] => ["", <span key={did} className="mono small">{did}</span>]),
                  [t("requests.cools"), cooledMs > now ? <Duration key="c" ms={cooledMs - now} /> : t("requests.cooled")],
                  [t("requests.until"), <Time key="u" at={request.expires_ms} />],
                  ...(approval ? ([[t("requests.policy"), <span key="p" lang="en">{approval.policy.description}</span>]] as [string, React.ReactNode][]) : []),
                ]}
              />
              {open && <p className="small quiet" style={{ marginTop: "0.75rem" }}>{t("requests.cancel_more")}</p>}
              {!open && <p className="small quiet" style={{ marginTop: "0.75rem" }}>{word("request", request.state)}</p>}
            </div>
          </Sheet>
        </div>
      </div>
    </>
  );
}
