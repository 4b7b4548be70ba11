/** What is on its way: where each consignment was last and where it goes next. */

import { IconArrowRight } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { consignments, type Consignment } from "../api/queries";
import { ago, t } from "../i18n";
import { labelOf } from "../lib/goods";
import { Empty, MemberName, Sheet, ThingIcon, Trouble, Waiting } from "./bits";

const SHOWN = 6;

export function WaySheet() {
  const { data, error } = useQuery(consignments());
  return (
    <Sheet title={t("way.title")} tools={<Link to="/modules/$module/$" params={{ module: "custody", _splat: "late" }} search={{ days: "0" }}>{t("way.all")}</Link>}>
      {error ? <Trouble error={error} /> : data === undefined ? <Waiting lines={3} /> : data.consignments.length === 0 ? <Empty title={t("way.none")}>{t("way.none_more")}</Empty> : (
        <ul className="todo">
          {data.consignments.slice(0, SHOWN).map((one) => (
            <li key={one.id}>
              <Link className="row" to="/trace" search={{ id: one.id }}>
                <ThingIcon id={one.id} />
                <span>
                  <span className="what">{labelOf(one.id)}</span>{" "}
                  {one.packed > 0 && <span className="more">{t("way.packed", { n: one.packed })}</span>}
                  <br />
                  <span className="more leg">
                    {one.last_place ? labelOf(one.last_place) : t("way.unknown")} <IconArrowRight size={14} aria-label={t("late.next")} /> <Towards of={one} />
                  </span>
                </span>
                <span className="more">{t("way.set_off", { ago: ago(one.set_off) })}</span>
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Sheet>
  );
}

function Towards({ of: one }: { of: Consignment }) {
  if (one.next_place) return <>{labelOf(one.next_place)}</>;
  return one.next_member ? <MemberName id={one.next_member} link={false} /> : <>{t("way.unknown")}</>;
}
