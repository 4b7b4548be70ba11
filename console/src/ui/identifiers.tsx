/** A list of identifiers being typed, pasted or scanned: each is read by the node at once and told in words; nonsense is named. */

import { Button, Textarea } from "@mantine/core";
import { useQueries } from "@tanstack/react-query";
import { IconScan } from "@tabler/icons-react";
import { type ReactNode, useState } from "react";
import { Refused } from "../api/client";
import { identifier } from "../api/queries";
import { t } from "../i18n";
import { kindOf, labelOf, splitList } from "../lib/goods";
import { Said } from "./bits";
import { Scanner } from "./scan";

/** So many are read at once; the rest when the list is sent. */
const READ_MAX = 200;

export interface Read {
  text: string;
  epc: string | undefined;
  trouble: string | undefined;
  pending: boolean;
}

export function useRead(text: string): Read[] {
  const list = splitList(text).slice(0, READ_MAX);
  const found = useQueries({ queries: list.map((one) => identifier(one)) });
  return list.map((one, index) => {
    const { data, error, isPending } = found[index] ?? {};
    const offline = error && !(error instanceof Refused);
    const trouble = error instanceof Refused ? `${error.problem.detail.replace(/^text: /, "")}. ${error.problem.remedy}` : data && !data.epc ? (data.without_epc ?? t("trace.expected_more")) : undefined;
    // Without a connection the text goes as it is: the node reads it when it is sent.
    return { text: one, epc: data?.epc ?? (offline ? one : undefined), trouble, pending: isPending === true };
  });
}

export function IdentifierList({ label, description, value, onChange, read }: { label: ReactNode; description?: ReactNode; value: string; onChange: (text: string) => void; read: Read[] }) {
  const [scanning, setScanning] = useState(false);
  return (
    <div>
      <Textarea label={label} description={description} value={value} onChange={(event) => onChange(event.currentTarget.value)} autosize minRows={3} maxRows={12} spellCheck={false} classNames={{ input: "mono" }} />
      <Button mt="xs" variant="default" leftSection={<IconScan size={18} aria-hidden />} onClick={() => setScanning(true)}>
        {t("do.scan")}
      </Button>
      <Scanner opened={scanning} close={() => setScanning(false)} take={(found) => { setScanning(false); onChange(value.trim() === "" ? found : `${value.trimEnd()}\n${found}`); }} />
      {read.length > 0 && (
        <ul className="checks" aria-live="polite">
          {read.map((one) => (
            <li key={one.text} style={{ gridTemplateColumns: "minmax(0, 1fr)" }}>
              {one.pending ? <span className="quiet">{one.text} …</span> : one.trouble ? (
                <span className="fail" lang="en">
                  <Said good={false}>{one.text}</Said>: {one.trouble}
                </span>
              ) : (
                <Said good>
                  <span>
                    {one.epc ? labelOf(one.epc) : one.text} <span className="quiet">{one.epc && kindOf(one.epc)}</span>
                  </span>
                </Said>
              )}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
