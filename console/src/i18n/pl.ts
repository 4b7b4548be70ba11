/** Słowa konsoli po polsku. */

import type { Catalogue } from "./index";
import { frame } from "./frame/pl";
import { goods } from "./goods/pl";
import { may } from "./may/pl";
import { network } from "./network/pl";
import { picture } from "./picture/pl";
import { sentences } from "./sentences/pl";
import { signin } from "./signin/pl";
import { work } from "./work/pl";

export const pl: Catalogue = { ...frame, ...goods, ...may, ...network, ...picture, ...sentences, ...signin, ...work };
