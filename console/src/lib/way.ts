/** Consignments on their way, counted. */

import type { Consignment } from "../api/queries";

const DAY_MS = 24 * 3_600_000;

/** How many whole days a consignment has been on its way. */
export const daysOnTheWay = (one: Consignment): number => Math.max(0, Math.floor((Date.now() - Date.parse(one.set_off)) / DAY_MS));
