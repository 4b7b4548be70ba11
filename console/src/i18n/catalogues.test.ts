import { describe, expect, it } from "vitest";
import { de } from "./de";
import { en } from "./en";
import { es } from "./es";
import { fr } from "./fr";
import { it as italian } from "./it";
import { pl } from "./pl";

const placeholders = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();
/** Words that are the same in many languages; a catalogue that shares more with English has not been translated. */
const SHARED_MAX = 45;

describe.each(Object.entries({ fr, de, it: italian, pl, es }))("the catalogue %s", (language, catalogue) => {
  it("has every key of English, none of its own, and nothing empty", () => {
    expect(Object.keys(catalogue).sort()).toEqual(Object.keys(en).sort());
    expect(Object.entries(catalogue).filter(([, text]) => text.trim() === "")).toEqual([]);
  });

  it("keeps every placeholder", () => {
    const wrong = Object.entries(en).filter(([key, text]) => placeholders(catalogue[key as keyof typeof en]).join() !== placeholders(text).join());
    expect(wrong.map(([key]) => key)).toEqual([]);
  });

  it("is a translation, not a copy", () => {
    const shared = Object.entries(en).filter(([key, text]) => catalogue[key as keyof typeof en] === text && /[a-z]{4}/i.test(text));
    expect(shared.length, `${language} shares ${shared.map(([key]) => key).join(", ")}`).toBeLessThan(SHARED_MAX);
  });
});
