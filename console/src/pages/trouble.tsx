/** What is shown where a page cannot be: an unknown path, or a fault. */

import { Button } from "@mantine/core";
import { type ErrorComponentProps, Link } from "@tanstack/react-router";
import { t } from "../i18n";
import { Empty, Trouble } from "../ui/bits";

export function NotFound() {
  return (
    <main className="page">
      <Empty title={t("notfound.title")} action={<Link to="/">{t("nav.overview")}</Link>}>
        {t("notfound.about")}
      </Empty>
    </main>
  );
}

export function PageTrouble({ error, reset }: ErrorComponentProps) {
  return (
    <div className="page stack">
      <Trouble error={error} />
      <div>
        <Button variant="default" onClick={reset}>
          {t("do.again")}
        </Button>
      </div>
    </div>
  );
}
