/** The command palette (Ctrl or Cmd and K): every page and every thing one can do, by typing; anything else is traced. */

import { Modal, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { type Key, t } from "../i18n";
import { useMembers } from "../ui/hooks";
import { signOut } from "./session";

export function usePalette() {
  const [opened, setOpened] = useState(false);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        setOpened((was) => !was);
      }
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
  return { opened, open: () => setOpened(true), close: () => setOpened(false) };
}

const PAGES: [Key, string][] = [
  ["nav.overview", "/"],
  ["nav.trace", "/trace"],
  ["nav.map", "/map"],
  ["nav.handovers", "/modules/custody/handovers"],
  ["custody.offer", "/modules/custody/offer"],
  ["custody.receive", "/modules/custody/receive"],
  ["custody.loss", "/modules/custody/loss"],
  ["nav.cases", "/modules/custody/cases"],
  ["nav.labels", "/labels"],
  ["nav.outbox", "/outbox"],
  ["nav.network", "/network"],
  ["network.blocks", "/network?tab=blocks"],
  ["nav.members", "/modules/membership/"],
  ["nav.policy", "/modules/policy/"],
  ["late.title", "/modules/custody/late"],
  ["way.title", "/modules/custody/late?days=0"],
  ["breach.title", "/modules/custody/breaches"],
  ["places.title", "/places"],
  ["nav.help", "/help"],
  ["nav.settings", "/settings"],
];

interface Choice {
  text: string;
  group: string;
  go: () => void;
}

const plain = (text: string) => text.toLocaleLowerCase().normalize("NFD").replaceAll(/\p{M}/gu, "");

/** At once and not when the dialog's own timer comes: whoever types on without waiting would write into the field that was left. */
const takeFocus = (field: HTMLInputElement) => {
  const left = document.activeElement;
  field.focus({ preventScroll: true });
  return () => { if (left instanceof HTMLElement) left.focus({ preventScroll: true }); };
};

export function Palette({ opened, close }: { opened: boolean; close: () => void }) {
  const router = useRouter();
  const queries = useQueryClient();
  const members = useMembers();
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);

  const to = (href: string) => () => void router.navigate({ href });
  const all: Choice[] = [
    ...PAGES.map(([key, href]) => ({ text: t(key), group: t("palette.pages"), go: to(href) })),
    ...[...members.values()].map((member) => ({ text: `${member.name} (${member.member})`, group: t("nav.members"), go: to(`/modules/membership/members/${member.member}`) })),
    { text: t("signin.out"), group: t("palette.pages"), go: () => { signOut(); queries.clear(); } },
  ];
  const words = plain(text).split(/\s+/).filter(Boolean);
  const matching = all.filter((choice) => words.every((word) => plain(choice.text).includes(word)));
  const typed: Choice[] = text.trim() === "" ? [] : [
    { text: t("palette.trace", { text: text.trim() }), group: t("nav.trace"), go: to(`/trace?${new URLSearchParams({ id: text.trim() })}`) },
    { text: t("palette.search", { text: text.trim() }), group: t("search.title"), go: to(`/search?${new URLSearchParams({ q: text.trim() })}`) },
  ];
  const choices = [...matching.slice(0, 12), ...typed];
  const chosen = Math.min(at, Math.max(0, choices.length - 1));

  const end = () => {
    close();
    setText("");
    setAt(0);
  };
  const take = (choice: Choice | undefined) => {
    if (!choice) return;
    end();
    choice.go();
  };
  return (
    <Modal opened={opened} onClose={end} returnFocus={false} title={t("palette.title")} size="lg" yOffset="10vh" padding="md">
      <TextInput
        ref={takeFocus}
        data-autofocus
        value={text}
        size="md"
        placeholder={t("palette.hint")}
        aria-label={t("palette.hint")}
        role="combobox"
        aria-expanded
        aria-controls="palette-list"
        aria-activedescendant={choices[chosen] ? `palette-${chosen}` : undefined}
        onChange={(event) => { setText(event.currentTarget.value); setAt(0); }}
        onKeyDown={(event) => {
          if (event.key === "ArrowDown") { event.preventDefault(); setAt((chosen + 1) % Math.max(1, choices.length)); }
          else if (event.key === "ArrowUp") { event.preventDefault(); setAt((chosen + choices.length - 1) % Math.max(1, choices.length)); }
          else if (event.key === "Enter") { event.preventDefault(); take(choices[chosen]); }
        }}
      />
      <ul id="palette-list" role="listbox" aria-label={t("palette.title")} style={{ listStyle: "none", margin: "0.75rem 0 0", padding: 0, maxHeight: "50vh", overflowY: "auto" }}>
        {choices.map((choice, index) => (
          <li
            key={`${choice.group}-${choice.text}`}
            id={`palette-${index}`}
            role="option"
            aria-selected={index === chosen}
            onClick={() => take(choice)}
            onMouseMove={() => setAt(index)}
            style={{ display: "flex", gap: "1rem", justifyContent: "space-between", padding: "0.5rem 0.75rem", borderRadius: 4, cursor: "pointer", background: index === chosen ? "var(--line)" : undefined }}
          >
            <span style={{ overflowWrap: "anywhere" }}>{choice.text}</span>
            <span className="quiet small" style={{ whiteSpace: "nowrap", color: "var(--ink)" }}>{choice.group}</span>
          </li>
        ))}
      </ul>
    </Modal>
  );
}
