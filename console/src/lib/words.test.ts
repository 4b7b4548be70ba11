import { afterEach, describe, expect, it, vi } from "vitest";
import { fromField, number, quantity, setLanguage, time, toField } from "../i18n";
import { standing } from "./liveness";
import { daysOnTheWay } from "./way";

// What a browser without a region says of itself.
vi.stubGlobal("navigator", { languages: ["en"] });
vi.stubGlobal("document", { documentElement: { lang: "en" } });

afterEach(async () => {
  vi.useRealTimers();
  await setLanguage("en", false);
});

describe("amounts", () => {
  it("are written as the language writes numbers and units", async () => {
    expect(quantity("5000 EA")).toBe("5,000 pieces");
    expect(quantity("31.5 CEL")).toBe("31.5°C");
    await setLanguage("de", false);
    expect(quantity("5000 EA")).toBe("5.000 Stück");
    expect(quantity("12.25 KGM")).toBe("12,25 kg");
    expect(number(45.2, 2)).toBe("45,20");
  });
  it("stay as they are where they are no amount, and keep a unit that has no words", () => {
    expect(quantity("–")).toBe("–");
    expect(quantity("1 of 2 crates")).toBe("1 of 2 crates");
    expect(quantity("3 XPX")).toBe("3 XPX");
    expect(quantity(undefined)).toBe("–");
  });
});

describe("times", () => {
  it("have their year where it is not the present one", () => {
    vi.useFakeTimers({ now: new Date("2026-11-29T12:00:00Z") });
    expect(time("2026-11-12T12:10:00Z")).not.toContain("2026");
    expect(time("2025-11-12T12:10:00Z")).toContain("2025");
  });
  it("come back from a field as the moment that went in, in whatever zone", () => {
    const moment = "2026-11-05T13:45:00.000Z";
    expect(fromField(toField(moment))).toBe(moment);
    expect(fromField("")).toBeUndefined();
    expect(toField(undefined)).toBe("");
  });
});

describe("how a validator stands", () => {
  const here = { height: 100, now_ms: 1_000_000 };
  const heard = (height: number, ago_ms: number) => ({ member: "pol", signed: { height, time_ms: 0, seen_ms: here.now_ms - ago_ms } });
  it("is told by its last signature, against this node's height and clock", () => {
    expect(standing(heard(100, 2_000), here)).toBe("now");
    expect(standing(heard(90, 2_000), here)).toBe("behind");
    expect(standing(heard(100, 16_000), here)).toBe("silent");
    expect(standing({ member: "pol" }, here)).toBe("unheard");
  });
});

describe("days on the way", () => {
  it("are whole days since it set off", () => {
    vi.useFakeTimers({ now: new Date("2026-11-29T12:00:00Z") });
    const since = (set_off: string) => daysOnTheWay({ set_off } as Parameters<typeof daysOnTheWay>[0]);
    expect(since("2026-11-26T12:00:00Z")).toBe(3);
    expect(since("2026-11-26T12:00:01Z")).toBe(2);
    expect(since("2026-11-29T13:00:00Z")).toBe(0);
  });
});
