/** Scanning with the camera: QR, Data Matrix and linear codes, read on this device by a reader that is part of the console (zxing-wasm). */

import { Modal } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { t } from "../i18n";

/** Between two looks at the picture, milliseconds. */
const LOOK_MS = 180;

export function Scanner({ opened, close, take }: { opened: boolean; close: () => void; take: (text: string) => void }) {
  return (
    <Modal opened={opened} onClose={close} title={t("scan.title")} size="lg">
      {opened && <Camera take={take} />}
    </Modal>
  );
}

function Camera({ take }: { take: (text: string) => void }) {
  const video = useRef<HTMLVideoElement>(null);
  const [fault, setFault] = useState<string>();
  const taken = useRef(take);
  useEffect(() => {
    taken.current = take;
  });
  useEffect(() => {
    let stream: MediaStream | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let ended = false;
    const begin = async () => {
      // Browsers give a camera to pages over HTTPS and to this machine's own only.
      if (!("mediaDevices" in navigator)) throw new Error(t("scan.insecure"));
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } } });
      const reader = await import("../lib/codes");
      const view = video.current;
      if (ended || view === null) return;
      view.srcObject = stream;
      await view.play();
      const look = async () => {
        if (ended || video.current === null) return;
        const found = await reader.read(video.current);
        if (found !== undefined && !ended) {
          taken.current(found);
          return;
        }
        timer = setTimeout(() => void look(), LOOK_MS);
      };
      await look();
    };
    begin().catch((error: unknown) => {
      if (ended) return;
      const name = error instanceof DOMException ? error.name : "";
      setFault(name === "NotAllowedError" ? t("scan.denied") : name === "NotFoundError" ? t("scan.none") : error instanceof Error ? error.message : String(error));
    });
    return () => {
      ended = true;
      clearTimeout(timer);
      for (const track of stream?.getTracks() ?? []) track.stop();
    };
  }, []);
  return (
    <div className="stack">
      {fault ? (
        <div className="notice bad" role="alert">
          <h3 className="fail">{t("scan.fault")}</h3>
          <p>{fault}</p>
          <p>{t("scan.type")}</p>
        </div>
      ) : (
        <>
          <video ref={video} muted playsInline style={{ width: "100%", maxHeight: "60vh", background: "#000" }} aria-label={t("scan.title")} />
          <p className="quiet">{t("scan.about")}</p>
        </>
      )}
    </div>
  );
}
