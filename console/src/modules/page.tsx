/**
 * The pages of the modules. A folder here that is called like a module and has an `index.tsx` gives it pages of its own; every other path of
 * every module is the plain page that its schema describes.
 */

import { getRouteApi } from "@tanstack/react-router";
import { type ComponentType, lazy, type LazyExoticComponent, Suspense } from "react";
import { Waiting } from "../ui/bits";
import { Plain } from "./plain";

export interface Own {
  /** The page of a path below the module, or undefined where the plain one does. */
  page: (rest: string) => ComponentType<{ rest: string }> | undefined;
}

const route = getRouteApi("/inside/modules/$module/$");
const folders = import.meta.glob<{ own: Own }>("./*/index.tsx");

type Dispatch = LazyExoticComponent<ComponentType<{ module: string; rest: string }>>;
const known = new Map<string, Dispatch>();
for (const [path, load] of Object.entries(folders)) {
  const name = path.split("/")[1] ?? "";
  known.set(
    name,
    lazy(async () => {
      const { own } = await load();
      return {
        default: function OwnPage({ module, rest }: { module: string; rest: string }) {
          const Page = own.page(rest);
          return Page === undefined ? <Plain module={module} rest={rest} /> : <Page rest={rest} />;
        },
      };
    }),
  );
}

export function ModulePage() {
  const { module, _splat: rest = "" } = route.useParams();
  const search = route.useSearch();
  const Dispatched = known.get(module);
  if (Dispatched === undefined || search.view === "plain") return <Plain key={module} module={module} rest={rest} />;
  return (
    <Suspense fallback={<Waiting lines={8} />}>
      {/* eslint-disable-next-line react-hooks/static-components -- made once for each folder, when this file is read */}
      <Dispatched module={module} rest={rest.replace(/\/$/, "")} />
    </Suspense>
  );
}
