/** The frame around every page: where one can go, what somebody traces, how the network is, who is signed in. */

import { ActionIcon, Menu, TextInput, Tooltip, useMantineColorScheme } from "@mantine/core";
import {
  IconAffiliate, IconAlertTriangle, IconBook2, IconBuildingFortress, IconChecklist, IconCommand, IconDots, IconHelp, IconHome, IconLogout, IconMap2, IconMoon, IconScale, IconScan, IconSearch,
  IconSend, IconSettings, IconStack2, IconSun, IconTag, IconTransfer,
} from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, Outlet, useLocation, useNavigate, useRouter, useRouterState } from "@tanstack/react-router";
import { type FormEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { modules, network, offersTo, session } from "../api/queries";
import { number, t, useLanguage } from "../i18n";
import { useBook } from "../lib/names";
import { startOutbox, useOutbox } from "../lib/outbox";
import { startOwnKeys } from "../lib/own-key";
import { RECEIPT_SCANNED } from "../lib/scanned";
import { MemberName } from "../ui/bits";
import { useMe, useMembers, useNow } from "../ui/hooks";
import { Scanner } from "../ui/scan";
import { follow, SILENT_MS, usePulse } from "./live";
import { Palette, usePalette } from "./palette";
import { signOut, useToken } from "./session";

export function Shell() {
  useLanguage();
  useBook();
  const state = useToken();
  const inside = state.token !== undefined || state.cookie;
  const router = useRouter();
  const queries = useQueryClient();
  const location = useLocation();
  const { data: net } = useQuery(network());
  const { data: mine } = useQuery(session());
  const palette = usePalette();
  const going = useRouterState({ select: (now) => now.status === "pending" });
  const at = useRouterState({ select: (now) => now.resolvedLocation?.href });

  // The session ended while somebody worked: sign in, and come back here.
  useEffect(() => {
    const { pathname, href } = router.state.location;
    if (inside || pathname === "/signin") return;
    void router.navigate({ to: "/signin", search: href === "/" ? {} : { back: href } });
  }, [inside, router]);
  useEffect(() => (inside ? follow(queries) : undefined), [queries, inside, state.token]);
  useEffect(() => {
    if (net === undefined || mine === undefined) return;
    const who = mine?.signer ?? mine?.token ?? net.member;
    void startOwnKeys(who, net.network).then(() => startOutbox(who, net.network));
  }, [net, mine]);

  return (
    <div className="frame">
      <a className="skip" href="#content">
        {t("nav.skip")}
      </a>
      <Rail />
      <div style={{ minWidth: 0 }}>
        <Bar openPalette={palette.open} />
        <main className="page" id="content" tabIndex={-1} style={{ outline: "none" }} key={location.pathname} aria-busy={going} data-at={at}>
          <Outlet />
        </main>
      </div>
      <TabBar openPalette={palette.open} />
      <Palette {...palette} />
    </div>
  );
}

/** How many offers wait for this member. */
function useWaitingForMe(): number {
  const me = useMe();
  const { data } = useQuery({ ...offersTo(me.member ?? ""), enabled: me.member !== undefined });
  return data ?? 0;
}

function Entry({ to, icon, children, count, params }: { to: string; icon: ReactNode; children: ReactNode; count?: number; params?: Record<string, string> }) {
  return (
    <li>
      <Link to={to as "/"} params={params as never} activeOptions={{ exact: to === "/", includeSearch: false }} activeProps={{ className: "active", "aria-current": "page" }}>
        {icon}
        <span>{children}</span>
        {count !== undefined && count > 0 && <span className="count">{number(count)}</span>}
      </Link>
    </li>
  );
}

const ICON = { size: 20, stroke: 1.7, "aria-hidden": true } as const;

function Rail() {
  const waiting = useWaitingForMe();
  const outbox = useOutbox().filter((entry) => entry.state === "queued" || entry.state === "waiting").length;
  const { data: list } = useQuery(modules());
  const { data: net } = useQuery(network());
  const me = useMe();
  const others = (list?.modules ?? []).filter((module) => module.name !== "custody" && module.name !== "membership");
  const custody = { module: "custody" };
  return (
    <div className="rail">
      <Link to="/" className="brand">
        <svg width="26" height="26" viewBox="0 0 32 32" aria-hidden>
          <path d="M4 11h8v11H4zM14 11h7v11h-7zM23 11h6v11h-6z" fill="none" stroke="#e9e4d4" strokeWidth="2" />
          <path d="M12 16h2M21 16h2" stroke="#d9a441" strokeWidth="2" />
        </svg>
        Convoy
      </Link>
      <nav aria-label={t("nav.main")}>
        <ul>
          <Entry to="/" icon={<IconHome {...ICON} />}>{t("nav.overview")}</Entry>
          <Entry to="/trace" icon={<IconSearch {...ICON} />}>{t("nav.trace")}</Entry>
          <Entry to="/map" icon={<IconMap2 {...ICON} />}>{t("nav.map")}</Entry>
        </ul>
        <h2>{t("nav.do")}</h2>
        <ul>
          <Entry to="/modules/$module/$" params={{ ...custody, _splat: "handovers" }} icon={<IconTransfer {...ICON} />} count={waiting}>{t("nav.handovers")}</Entry>
          <Entry to="/modules/$module/$" params={{ ...custody, _splat: "receive" }} icon={<IconChecklist {...ICON} />}>{t("nav.receive")}</Entry>
          <Entry to="/modules/$module/$" params={{ ...custody, _splat: "cases" }} icon={<IconAlertTriangle {...ICON} />}>{t("nav.cases")}</Entry>
          <Entry to="/labels" icon={<IconTag {...ICON} />}>{t("nav.labels")}</Entry>
          <Entry to="/outbox" icon={<IconSend {...ICON} />} count={outbox}>{t("nav.outbox")}</Entry>
        </ul>
        <h2>{t("nav.know")}</h2>
        <ul>
          <Entry to="/network" icon={<IconAffiliate {...ICON} />}>{t("nav.network")}</Entry>
          <Entry to="/modules/$module/$" params={{ module: "membership", _splat: "" }} icon={<IconBuildingFortress {...ICON} />}>{t("nav.members")}</Entry>
          {others.map((module) => (
            <Entry key={module.name} to="/modules/$module/$" params={{ module: module.name, _splat: "" }} icon={module.name === "policy" ? <IconScale {...ICON} /> : <IconStack2 {...ICON} />}>
              {module.name === "policy" ? t("nav.policy") : module.name.charAt(0).toUpperCase() + module.name.slice(1)}
            </Entry>
          ))}
          <Entry to="/help" icon={<IconBook2 {...ICON} />}>{t("nav.help")}</Entry>
          <Entry to="/settings" icon={<IconSettings {...ICON} />}>{t("nav.settings")}</Entry>
        </ul>
      </nav>
      <div className="foot">
        <strong>
          <MemberName id={me.member ?? net?.member} link={false} />
        </strong>
        <span title={net?.network}>{net?.network.split(".")[0]}</span>
      </div>
    </div>
  );
}

function Bar({ openPalette }: { openPalette: () => void }) {
  const navigate = useNavigate();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const [text, setText] = useState("");
  const [scanning, setScanning] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const queries = useQueryClient();
  const dark = document.documentElement.dataset.mantineColorScheme === "dark";
  useEffect(() => {
    const toField = (event: KeyboardEvent) => {
      const typing = event.target instanceof HTMLElement && /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
      if (event.key !== "/" || typing || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      field.current?.focus();
    };
    addEventListener("keydown", toField);
    return () => removeEventListener("keydown", toField);
  }, []);
  const go = (id: string) => {
    if (id.trim() === "") return;
    setText("");
    if (id === RECEIPT_SCANNED) {
      void navigate({ to: "/network", search: { tab: "statement" } });
      return;
    }
    void navigate({ to: "/trace", search: { id: id.trim() } });
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    go(text);
  };
  const leave = () => {
    signOut();
    queries.clear();
  };
  return (
    <header className="bar">
      <form onSubmit={submit} role="search">
        <TextInput
          ref={field}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          placeholder={t("bar.trace")}
          aria-label={t("bar.trace")}
          aria-keyshortcuts="/"
          leftSection={<IconSearch size={18} aria-hidden />}
          rightSection={
            <Tooltip label={t("do.scan")}>
              <ActionIcon variant="subtle" aria-label={t("do.scan")} onClick={() => setScanning(true)}>
                <IconScan size={20} aria-hidden />
              </ActionIcon>
            </Tooltip>
          }
        />
      </form>
      <Scanner opened={scanning} close={() => setScanning(false)} take={(found) => { setScanning(false); go(found); }} />
      <PulseMark />
      <Tooltip label={`${t("palette.title")} (Ctrl K)`}>
        <ActionIcon variant="default" size="lg" className="only-wide" onClick={openPalette} aria-label={t("palette.title")} aria-keyshortcuts="Control+K">
          <IconCommand size={18} aria-hidden />
        </ActionIcon>
      </Tooltip>
      <Tooltip label={t(dark ? "settings.light" : "settings.dark")}>
        <ActionIcon variant="default" size="lg" className="only-wide" onClick={() => setColorScheme(dark ? "light" : "dark")} aria-label={t(dark ? "settings.light" : "settings.dark")} data-scheme={colorScheme}>
          {dark ? <IconSun size={18} aria-hidden /> : <IconMoon size={18} aria-hidden />}
        </ActionIcon>
      </Tooltip>
      <HelpHere />
      <Tooltip label={t("signin.out")}>
        <ActionIcon variant="default" size="lg" className="only-wide" onClick={leave} aria-label={t("signin.out")}>
          <IconLogout size={18} aria-hidden />
        </ActionIcon>
      </Tooltip>
    </header>
  );
}

function HelpHere() {
  const { pathname } = useLocation();
  return (
    <Tooltip label={t("nav.help_here")}>
      <Link to="/help" search={{ about: topic(pathname) }} aria-label={t("nav.help_here")} className="only-wide square">
        <IconHelp size={18} aria-hidden />
      </Link>
    </Tooltip>
  );
}

/** Which part of the guide a page belongs to. */
function topic(pathname: string): string {
  const [first, module, part] = pathname.split("/").slice(1);
  if (first === "modules" && module === "policy" && part === "requests") return "a-second-person";
  if (first === "modules" && module === "custody" && (part === "late" || part === "breaches")) return "overview";
  if (first === "modules") return module === "custody" ? (part?.startsWith("case") || part === "loss" ? "cases" : part === "receive" || part === "correct" ? "receive" : "handovers") : "modules";
  if (first === "blocks" || first === "statements") return "network";
  return first === "" || first === undefined ? "overview" : first;
}

function PulseMark() {
  const pulse = usePulse();
  const members = useMembers();
  const now = useNow(1_000);
  const silent = pulse.heardMs === undefined || now - pulse.heardMs > SILENT_MS;
  const state = !navigator.onLine || (!pulse.connected && pulse.heardMs !== undefined) ? "off" : silent ? "silent" : "live";
  const words = pulse.heardMs === undefined && state === "silent" ? t("state.loading") : { live: t("pulse.live"), silent: t("pulse.silent"), off: t("pulse.off") }[state];
  return (
    <Tooltip label={words}>
      <Link to="/network" className="pulse" data-state={state} aria-label={`${words}. ${t("pulse.block", { n: pulse.height ?? 0 })}`} data-members={members.size}>
        <i aria-hidden />
        <span>{pulse.height === undefined ? words : t("pulse.block", { n: pulse.height })}</span>
      </Link>
    </Tooltip>
  );
}

function TabBar({ openPalette }: { openPalette: () => void }) {
  const waiting = useWaitingForMe();
  const { pathname } = useLocation();
  const link = (to: string, icon: ReactNode, text: string, params?: Record<string, string>, count = 0) => (
    <Link to={to as "/"} params={params as never} activeOptions={{ exact: to === "/", includeSearch: false }} activeProps={{ className: "active", "aria-current": "page" }}>
      {icon}
      {text}
      {count > 0 && <span className="count">{number(count)}</span>}
    </Link>
  );
  return (
    <nav className="tabbar" aria-label={t("nav.main")}>
      {link("/", <IconHome {...ICON} />, t("nav.overview"))}
      {link("/trace", <IconSearch {...ICON} />, t("nav.trace"))}
      {link("/modules/$module/$", <IconTransfer {...ICON} />, t("nav.handovers"), { module: "custody", _splat: "handovers" }, waiting)}
      {link("/map", <IconMap2 {...ICON} />, t("nav.map"))}
      <Menu position="top-end">
        <Menu.Target>
          <button type="button">
            <IconDots {...ICON} />
            {t("nav.more")}
          </button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item component={Link} {...({ to: "/modules/$module/$", params: { module: "custody", _splat: "receive" } } as object)}>{t("nav.receive")}</Menu.Item>
          <Menu.Item component={Link} {...({ to: "/modules/$module/$", params: { module: "custody", _splat: "cases" } } as object)}>{t("nav.cases")}</Menu.Item>
          <Menu.Item component={Link} {...({ to: "/labels" } as object)}>{t("nav.labels")}</Menu.Item>
          <Menu.Item component={Link} {...({ to: "/outbox" } as object)}>{t("nav.outbox")}</Menu.Item>
          <Menu.Item component={Link} {...({ to: "/network" } as object)}>{t("nav.network")}</Menu.Item>
          <Menu.Item component={Link} {...({ to: "/modules/$module/$", params: { module: "membership", _splat: "" } } as object)}>{t("nav.members")}</Menu.Item>
          <Menu.Item component={Link} {...({ to: "/modules/$module/$", params: { module: "policy", _splat: "" } } as object)}>{t("nav.policy")}</Menu.Item>
          <Menu.Item component={Link} {...({ to: "/help", search: { about: topic(pathname) } } as object)}>{t("nav.help_here")}</Menu.Item>
          <Menu.Item component={Link} {...({ to: "/settings" } as object)}>{t("nav.settings")}</Menu.Item>
          <Menu.Item onClick={openPalette}>{t("palette.title")}</Menu.Item>
          <Menu.Item onClick={signOut}>{t("signin.out")}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </nav>
  );
}
