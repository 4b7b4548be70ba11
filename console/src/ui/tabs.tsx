/** The row of tabs: on a phone it is moved along, and the chosen tab is brought into sight. */

import { Tabs } from "@mantine/core";
import { type ReactNode, useEffect, useRef } from "react";

export function TabList({ chosen, children }: { chosen: string; children: ReactNode }) {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const row = list.current;
    const tab = row?.querySelector<HTMLElement>('[role="tab"][aria-selected="true"]');
    // The row alone is moved, not the page.
    if (row && tab) row.scrollLeft = tab.offsetLeft - (row.clientWidth - tab.offsetWidth) / 2;
  }, [chosen]);
  return <Tabs.List ref={list}>{children}</Tabs.List>;
}
