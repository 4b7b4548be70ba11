/** Les mots de la console en français. */

import type { Catalogue } from "./index";
import { frame } from "./frame/fr";
import { goods } from "./goods/fr";
import { may } from "./may/fr";
import { network } from "./network/fr";
import { picture } from "./picture/fr";
import { sentences } from "./sentences/fr";
import { signin } from "./signin/fr";
import { work } from "./work/fr";

export const fr: Catalogue = { ...frame, ...goods, ...may, ...network, ...picture, ...sentences, ...signin, ...work };
