/** Every path of the console. What somebody sees is in the address: filters, tabs and pages are search parameters, so a link is a view. */

import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from "@tanstack/react-router";
import { Overview } from "../pages/overview";
import { SignIn } from "../pages/signin";
import { NotFound, PageTrouble } from "../pages/trouble";
import { Waiting } from "../ui/bits";
import { signedIn } from "./session";
import { Shell } from "./shell";

type Search = Record<string, unknown>;
const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : typeof value === "number" ? String(value) : undefined);
const whole = (value: unknown): number | undefined => {
  const read = Number(value);
  return Number.isSafeInteger(read) && read >= 0 && value !== "" && value !== undefined ? read : undefined;
};
/** Keeps the named parameters that are texts; the rest of an address is ignored. */
const texts =
  <Name extends string>(...names: Name[]) =>
  (search: Search): { [name in Name]?: string } =>
    Object.fromEntries(names.flatMap((name) => (text(search[name]) === undefined ? [] : [[name, text(search[name])]]))) as { [name in Name]?: string };

const root = createRootRoute({ notFoundComponent: NotFound, errorComponent: PageTrouble });

const signin = createRoute({ getParentRoute: () => root, path: "/signin", validateSearch: texts("back", "fault"), component: SignIn });

const inside = createRoute({
  getParentRoute: () => root,
  id: "inside",
  component: Shell,
  beforeLoad: ({ location }) => {
    if (!signedIn()) throw redirect({ to: "/signin", search: location.href === "/" ? {} : { back: location.href } });
  },
});

const page = <Path extends string>(path: Path) => ({ getParentRoute: () => inside, path, errorComponent: PageTrouble, pendingComponent: Waiting }) as const;

const overview = createRoute({ ...page("/"), validateSearch: texts("stock"), component: Overview });
const trace = createRoute({ ...page("/trace"), validateSearch: texts("id", "tab", "at"), component: lazyRouteComponent(() => import("../pages/trace"), "TracePage") });
const places = createRoute({ ...page("/places"), validateSearch: texts("id", "at"), component: lazyRouteComponent(() => import("../pages/places"), "PlacePage") });
const map = createRoute({
  ...page("/map"),
  validateSearch: texts("place", "holder", "kind", "condition", "view"),
  component: lazyRouteComponent(() => import("../pages/map"), "MapPage"),
});
const network = createRoute({
  ...page("/network"),
  validateSearch: (search: Search) => ({ ...texts("tab")(search), ...(whole(search.from) !== undefined && { from: whole(search.from) as number }) }),
  component: lazyRouteComponent(() => import("../pages/network"), "NetworkPage"),
});
const block = createRoute({ ...page("/blocks/$height"), component: lazyRouteComponent(() => import("../pages/block"), "BlockPage") });
const statement = createRoute({ ...page("/statements/$id"), component: lazyRouteComponent(() => import("../pages/statement"), "StatementPage") });
const labels = createRoute({ ...page("/labels"), validateSearch: texts("ids", "size", "receipt"), component: lazyRouteComponent(() => import("../pages/labels"), "LabelsPage") });
const outbox = createRoute({ ...page("/outbox"), component: lazyRouteComponent(() => import("../pages/outbox"), "OutboxPage") });
const settings = createRoute({ ...page("/settings"), component: lazyRouteComponent(() => import("../pages/settings"), "SettingsPage") });
const help = createRoute({ ...page("/help"), validateSearch: texts("about"), component: lazyRouteComponent(() => import("../pages/help"), "HelpPage") });
const search = createRoute({ ...page("/search"), validateSearch: texts("q"), component: lazyRouteComponent(() => import("../pages/search"), "SearchPage") });
const modules = createRoute({
  ...page("/modules/$module/$"),
  // A module's own filters are its own: every text is kept.
  validateSearch: (found: Search): Record<string, string> => texts(...Object.keys(found))(found) as Record<string, string>,
  component: lazyRouteComponent(() => import("../modules/page"), "ModulePage"),
});

const tree = root.addChildren([
  signin,
  inside.addChildren([overview, trace, places, map, network, block, statement, labels, outbox, settings, help, search, modules]),
]);

/** Parameters stand in the address as they are typed: an identifier can be read there and pasted from there. */
export const router = createRouter({
  routeTree: tree,
  defaultPreload: "intent",
  defaultPreloadStaleTime: 0,
  scrollRestoration: true,
  parseSearch: (found) => Object.fromEntries(new URLSearchParams(found)),
  stringifySearch: (found) => {
    const made = new URLSearchParams();
    for (const [name, value] of Object.entries(found)) if (value !== undefined && value !== "") made.set(name, String(value));
    const written = made.toString().replaceAll("%3A", ":").replaceAll("%2F", "/");
    return written === "" ? "" : `?${written}`;
  },
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
