/** What is in what: a tree whose boxes are links, so that it can be walked with keys and on a phone. */

import { quantity, t, word } from "../i18n";
import type { Content } from "../api/queries";
import { Link } from "@tanstack/react-router";
import { kindOf, labelOf } from "../lib/goods";
import { StateMark, ThingIcon } from "./bits";

export function Box({ id, here = false, more }: { id: string; here?: boolean; more?: React.ReactNode }) {
  return (
    <Link to="/trace" search={{ id, tab: "packing" }} className="box" aria-current={here ? "true" : undefined} title={id}>
      <ThingIcon id={id} />
      <span className="kind">
        {kindOf(id)} {more}
      </span>
      <span className="name">{labelOf(id)}</span>
    </Link>
  );
}

/** From the outermost container down to the object, and what is in it. */
export function Containment({ chain, id, contents }: { chain: readonly string[]; id: string; contents: readonly Content[] }) {
  const [outermost, ...inner] = chain;
  if (outermost !== undefined) {
    return (
      <ul className="tree">
        <li>
          <Box id={outermost} />
          <Containment chain={inner} id={id} contents={contents} />
        </li>
      </ul>
    );
  }
  return (
    <ul className="tree">
      <li>
        <Box id={id} here />
        <Inside contents={contents} />
      </li>
    </ul>
  );
}

export function Inside({ contents }: { contents: readonly Content[] }) {
  if (contents.length === 0) return null;
  return (
    <ul>
      {contents.map((one) => (
        <li key={one.id + (one.quantity ?? "")}>
          <Box
            id={one.id}
            more={
              <>
                {one.quantity && `· ${quantity(one.quantity)}`} {one.bond === "fitted" && `· ${t("goods.fitted")}`} {one.life && one.life !== "active" && <StateMark state={one.life} prefix="life" />}{" "}
                {one.disposition && <span className="quiet">· {word("condition", one.disposition)}</span>}
              </>
            }
          />
          <Inside contents={one.contents ?? []} />
        </li>
      ))}
    </ul>
  );
}
