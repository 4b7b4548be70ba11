/**
 * The console's words in six languages.
 *
 * English is the source and part of the first load; the others come when chosen. A catalogue that lacks a key does not compile, and a test
 * holds placeholders. What the node says (reasons, remedies, descriptions of fields) is the node's, in English, and marked as such.
 */

import { useSyncExternalStore } from "react";
import { en } from "./en";

export type Key = keyof typeof en;
export type Catalogue = Readonly<Record<Key, string>>;
export const LANGUAGES = { en: "English", fr: "Français", de: "Deutsch", it: "Italiano", pl: "Polski", es: "Español" } as const;
export type Language = keyof typeof LANGUAGES;

const STORED = "convoy.language";
const load: Record<Language, () => Promise<Catalogue>> = {
  en: async () => en,
  fr: async () => (await import("./fr")).fr,
  de: async () => (await import("./de")).de,
  it: async () => (await import("./it")).it,
  pl: async () => (await import("./pl")).pl,
  es: async () => (await import("./es")).es,
};

let current: { language: Language; words: Catalogue } = { language: "en", words: en };
const listeners = new Set<() => void>();

const known = (text: string | null | undefined): text is Language => text !== null && text !== undefined && text in LANGUAGES;

/** The language that was chosen, else the browser's first that is here. */
export async function startLanguage(): Promise<void> {
  let stored: string | null = null;
  try {
    stored = localStorage.getItem(STORED);
  } catch {
    // Kept nowhere: the browser's language.
  }
  const wanted = known(stored) ? stored : navigator.languages.map((tag) => tag.slice(0, 2)).find(known);
  if (wanted !== undefined) await setLanguage(wanted, false);
}

export async function setLanguage(language: Language, keep = true): Promise<void> {
  const words = await load[language]();
  current = { language, words };
  document.documentElement.lang = language;
  if (keep) {
    try {
      localStorage.setItem(STORED, language);
    } catch {
      // Chosen until the page is left.
    }
  }
  for (const listener of listeners) listener();
}

export type Values = Readonly<Record<string, string | number>>;

/** The words of a key, with `{name}` replaced. */
export function t(key: Key, values?: Values): string {
  const text = current.words[key];
  return values === undefined ? text : text.replace(/\{(\w+)\}/g, (whole, name: string) => (name in values ? String(format(values[name])) : whole));
}

function format(value: string | number | undefined): string {
  return typeof value === "number" ? number(value) : String(value);
}

/** Words for a name of the ledger's vocabulary, such as a state; the name itself where there are none. */
export function word(prefix: string, name: string | null | undefined): string {
  if (name === null || name === undefined || name === "") return "–";
  const key = `${prefix}.${name}` as Key;
  return key in current.words ? current.words[key] : name.replaceAll("_", " ");
}

export const language = (): Language => current.language;

/** Has a component drawn again when the language changes. */
export function useLanguage(): Language {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => current.language,
  );
}

/** Where the browser is set to a region of the language, numbers and dates are written as there. English without one is Europe's. */
function locale(): string {
  const regional = navigator.languages.find((tag) => tag.startsWith(`${current.language}-`));
  return regional ?? (current.language === "en" ? "en-GB" : current.language);
}

/** A number; with so many digits behind the point where that is said. */
export function number(value: number, digits?: number): string {
  return new Intl.NumberFormat(locale(), digits === undefined ? {} : { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);
}

/** Units of UN/ECE Recommendation 20 that browsers know the words of, and those that we do. */
const UNITS: Readonly<Record<string, string>> = {
  KGM: "kilogram", GRM: "gram", LTR: "liter", MLT: "milliliter", MTR: "meter", KMT: "kilometer", CMT: "centimeter", MMT: "millimeter", CEL: "celsius", FAH: "fahrenheit",
  P1: "percent", HUR: "hour", MIN: "minute", SEC: "second", DAY: "day",
};
const OWN_UNITS: Readonly<Record<string, Key>> = { EA: "unit.each", H87: "unit.each", C62: "unit.each", TNE: "unit.tonne", MTQ: "unit.cubic_metre" };

/** An amount as the ledger writes it, such as `5000 EA`, as people of this language write it. What is no such amount stays as it is. */
export function quantity(text: string | null | undefined): string {
  const [, digits, unit = ""] = /^(-?\d+(?:\.\d+)?)(?: ([A-Z0-9]{2,3}))?$/.exec(text ?? "") ?? [];
  if (digits === undefined) return text ?? "–";
  const value = Number(digits);
  const format = (options: Intl.NumberFormatOptions) => new Intl.NumberFormat(locale(), { maximumFractionDigits: 6, ...options }).format(value);
  if (UNITS[unit] !== undefined) return format({ style: "unit", unit: UNITS[unit], unitDisplay: "short" });
  const own = OWN_UNITS[unit];
  return [format({}), own === undefined ? unit : t(own)].join(" ").trim();
}

export type Moment = string | number | null | undefined;

function date(moment: Moment): Date | undefined {
  if (moment === null || moment === undefined) return undefined;
  const value = new Date(moment);
  return Number.isNaN(value.getTime()) ? undefined : value;
}

/** A moment in the reader's own time; with its year where that is not the present one. */
export function time(moment: Moment): string {
  const value = date(moment);
  if (value === undefined) return "–";
  const year = value.getFullYear() === new Date().getFullYear() ? {} : { year: "numeric" as const };
  return new Intl.DateTimeFormat(locale(), { ...year, month: "short", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(value);
}

/** A day in the reader's own time, for the axis of a picture. */
export function day(moment: Moment): string {
  const value = date(moment);
  return value === undefined ? "–" : new Intl.DateTimeFormat(locale(), { month: "short", day: "numeric" }).format(value);
}

/** A moment as a field for date and time takes it: in the reader's own time, to the minute. */
export function toField(moment: Moment): string {
  const value = date(moment);
  if (value === undefined) return "";
  return new Date(value.getTime() - value.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** What such a field holds, as a moment of the ledger; nothing where it is empty. */
export function fromField(text: string): string | undefined {
  const value = date(text === "" ? undefined : text);
  return value?.toISOString();
}

/** To the millisecond and in UTC, as the ledger keeps it. */
export function exact(moment: Moment): string {
  return date(moment)?.toISOString().replace("T", " ").replace("Z", " UTC") ?? "–";
}

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1_000],
];

/** How long ago or ahead. */
export function ago(moment: Moment, now = Date.now()): string {
  const value = date(moment);
  if (value === undefined) return "–";
  const distance = value.getTime() - now;
  const [unit, size] = STEPS.find(([, ms]) => Math.abs(distance) >= ms) ?? ["second", 1_000];
  return new Intl.RelativeTimeFormat(locale(), { numeric: "auto" }).format(Math.round(distance / size), unit);
}

/** How long something lasts. */
export function span(ms: number): string {
  const [unit, size] = STEPS.find(([, least]) => Math.abs(ms) >= least) ?? ["second", 1_000];
  return new Intl.NumberFormat(locale(), { style: "unit", unit, unitDisplay: "long" }).format(Math.round(ms / size));
}
