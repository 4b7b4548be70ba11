/** Le parole della console in italiano. */

import type { Catalogue } from "./index";
import { frame } from "./frame/it";
import { goods } from "./goods/it";
import { may } from "./may/it";
import { network } from "./network/it";
import { picture } from "./picture/it";
import { sentences } from "./sentences/it";
import { signin } from "./signin/it";
import { work } from "./work/it";

export const it: Catalogue = { ...frame, ...goods, ...may, ...network, ...picture, ...sentences, ...signin, ...work };
