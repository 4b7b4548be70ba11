/** Enough Markdown for our own guides: headings, paragraphs, lists, bold, code, links. The text is ours; nothing of it becomes HTML by itself. */

import { Fragment, type ReactNode } from "react";

export interface Part {
  title: string;
  /** The heading as a word for addresses. */
  id: string;
  body: string;
}

export const slug = (title: string) => title.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");

/** A guide by its second headings. */
export function parts(text: string): Part[] {
  return text.split(/^## /m).slice(1).map((part) => {
    const [title = "", ...body] = part.split("\n");
    return { title, id: slug(title), body: body.join("\n").trim() };
  });
}

function inline(text: string): ReactNode {
  return text.split(/(`[^`]+`|\*\*[^*]+\*\*|\[[^\]]+\]\([^)]+\))/).map((piece, index) => {
    if (piece.startsWith("`")) return <code key={index}>{piece.slice(1, -1)}</code>;
    if (piece.startsWith("**")) return <strong key={index}>{piece.slice(2, -2)}</strong>;
    const link = /^\[([^\]]+)\]\(([^)]+)\)$/.exec(piece);
    // Links of the guides lead to files of the sources, which a browser of the console does not have.
    return <Fragment key={index}>{link ? link[1] : piece}</Fragment>;
  });
}

export function Markdown({ text }: { text: string }) {
  return (
    <>
      {text.split(/\n{2,}/).map((block, index) => {
        if (block.startsWith("### ")) return <h3 key={index} style={{ marginTop: "1rem" }}>{inline(block.slice(4))}</h3>;
        if (/^[-*] /.test(block)) {
          return (
            <ul key={index} style={{ paddingLeft: "1.2rem" }}>
              {block.split(/\n(?=[-*] )/).map((item) => <li key={item}>{inline(item.slice(2).replaceAll("\n", " "))}</li>)}
            </ul>
          );
        }
        return <p key={index} style={{ margin: "0.5rem 0", maxWidth: "46rem" }}>{inline(block.replaceAll("\n", " "))}</p>;
      })}
    </>
  );
}
