import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { buildEvent, declareWrong, offset } from "../modules/custody/event";
import { approvalOf } from "./approvals";
import { isPlace, kindOf, shortOf, splitList } from "./goods";
import { parts } from "./markdown";
import { BookError, parseBook } from "./names";
import { csv } from "./save";

describe("identifiers for eyes", () => {
  it("shows the serial first, decoded", () => {
    expect(shortOf("https://id.gs1.org/01/09521101120011/21/NP26%2F7")).toBe("NP26/7 · 09521101120011");
    expect(shortOf("urn:epc:id:bic:NPSU2044172")).toBe("NPSU2044172");
    expect(shortOf("https://id.gs1.org/00/095211010000000122")).toBe("095211010000000122");
  });
  it("survives a broken escape", () => expect(shortOf("https://id.gs1.org/01/09521101120011/21/%E0%A4%A")).toContain("09521101120011"));
  it("tells kinds and places apart", () => {
    expect(kindOf("https://id.gs1.org/00/095211010000000122")).toBe("Logistic unit");
    expect(isPlace("https://id.gs1.org/414/9521501000210")).toBe(true);
    expect(isPlace("https://id.gs1.org/01/09521101120011/21/414")).toBe(false);
  });
  it("splits what scanners and spreadsheets paste, and keeps an element string whole", () => {
    expect(splitList("a\r\nb;c\n\n b ")).toEqual(["a", "b", "c"]);
    expect(splitList("(01)09521101120011(21)NP 26")).toEqual(["(01)09521101120011(21)NP 26"]);
  });
});

describe("exports", () => {
  it("quote as RFC 4180 says and keep a spreadsheet from running a cell", () => {
    expect(csv(["a", "b"], [['x"y', "1,2"], ["=HYPERLINK()", -3]])).toBe('\uFEFFa,b\r\n"x""y","1,2"\r\n\'=HYPERLINK(),-3\r\n');
  });
});

describe("an address book", () => {
  it("is read", () => expect(parseBook('[{"id":"urn:x","name":"X","latitude":1,"longitude":2}]')).toEqual([{ id: "urn:x", name: "X", latitude: 1, longitude: 2 }]));
  it.each([
    ["{", "no JSON"],
    ["{}", "no list"],
    ['[{"name":"x"}]', "entry 1: id"],
    ['[{"id":"a","name":"x"},{"id":"b","name":""}]', "entry 2: name"],
    ['[{"id":"a","name":"x","latitude":91,"longitude":0}]', "latitude"],
    ['[{"id":"a","name":"x","latitude":9}]', "longitude"],
  ])("%s is refused by name", (text, reason) => {
    expect(() => parseBook(text)).toThrow(BookError);
    expect(() => parseBook(text)).toThrow(reason);
  });
});

describe("events", () => {
  const when = new Date("2026-11-28T10:00:00Z");
  const place = "https://id.gs1.org/414/9521501000210";
  it("on the way have a point and no place; lots are a class", () => {
    const made = buildEvent({ deed: "shipping", ids: ["https://id.gs1.org/00/1", "https://id.gs1.org/01/09521101556001/10/L1"], place, when });
    expect(made).toMatchObject({ type: "ObjectEvent", action: "OBSERVE", disposition: "in_transit", epcList: ["https://id.gs1.org/00/1"], quantityList: [{ epcClass: "https://id.gs1.org/01/09521101556001/10/L1" }], readPoint: { id: place } });
    expect(made).not.toHaveProperty("bizLocation");
  });
  it("of unpacking take out of their container", () => {
    expect(buildEvent({ deed: "unpacking", ids: ["a"], place, when, parent: "p" })).toMatchObject({ type: "AggregationEvent", action: "DELETE", parentID: "p", childEPCs: ["a"], bizLocation: { id: place } });
  });
  it("write the distance from UTC as EPCIS does", () => {
    const at = (minutes: number) => ({ getTimezoneOffset: () => minutes }) as Date;
    expect([offset(at(-120)), offset(at(0)), offset(at(210))]).toEqual(["+02:00", "+00:00", "-03:30"]);
  });
  it("that are declared wrong are told again with why, and without what the ledger added", () => {
    const wrong = declareWrong({ type: "ObjectEvent", recordTime: "x", "@context": [{ a: "b" }] }, "incorrect_data", when, ["ni:1"]);
    expect(wrong).toEqual({
      type: "ObjectEvent",
      "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", { a: "b" }],
      errorDeclaration: { declarationTime: "2026-11-28T10:00:00.000Z", reason: "incorrect_data", correctiveEventIDs: ["ni:1"] },
    });
  });
});

describe("the guide", () => {
  const guide = parts(readFileSync("../docs/guides/console.md", "utf8"));
  it.each(["overview", "trace", "map", "handovers", "receive", "cases", "labels", "outbox", "network", "modules", "places", "search", "settings"])("has a part for the screen %s", (screen) => {
    expect(guide.find((part) => part.id === screen)?.body.length).toBeGreaterThan(40);
  });
});

describe("what a policy wants before", () => {
  const words = { id: "two", effect: "forbid", description: "By two.", grantor: "Nobody." };
  const wants = (condition: string) => {
    const found = approvalOf(words, `forbid (principal, action, resource) unless { ${condition} };`);
    return found && [found.needed, found.waitMs];
  };
  it("is read from its text: how many, and how long", () => {
    expect(wants("context.approvals >= 2")).toEqual([2, 0]);
    expect(wants("context.approvals > 1 && context.waited_ms >= 28800000")).toEqual([2, 28_800_000]);
    expect(wants("context.waited_ms >= 1000")).toEqual([0, 1_000]);
  });
  it("is nothing where it looks at neither", () => expect(wants("context.assurance >= 1")).toBeUndefined());
});
