/** Custody: handovers of both sides, cases, and what an officer does: offer, accept, receive and ship, report a loss, correct. */

import type { Own } from "../page";
import { CaseList, OneCase } from "./cases";
import { Correct } from "./correct";
import { HandoverList, OneHandover } from "./handovers";
import { Loss, Offer } from "./offer";
import { Receive } from "./receive";
import { BreachList, LateList } from "./watching";

export const own: Own = {
  page: (rest) => {
    const [first, id] = rest.split("/");
    switch (first) {
      case "":
      case "handovers":
        return id ? OneHandover : HandoverList;
      case "cases":
        return id ? OneCase : CaseList;
      case "offer":
        return Offer;
      case "loss":
        return Loss;
      case "receive":
        return Receive;
      case "late":
        return LateList;
      case "breaches":
        return BreachList;
      case "correct":
        return Correct;
      default:
        return undefined;
    }
  },
};
