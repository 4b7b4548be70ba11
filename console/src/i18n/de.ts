/** Die Wörter der Konsole auf Deutsch. */

import type { Catalogue } from "./index";
import { frame } from "./frame/de";
import { goods } from "./goods/de";
import { may } from "./may/de";
import { network } from "./network/de";
import { picture } from "./picture/de";
import { sentences } from "./sentences/de";
import { signin } from "./signin/de";
import { work } from "./work/de";

export const de: Catalogue = { ...frame, ...goods, ...may, ...network, ...picture, ...sentences, ...signin, ...work };
