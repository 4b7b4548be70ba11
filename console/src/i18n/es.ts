/** Las palabras de la consola en español. */

import type { Catalogue } from "./index";
import { frame } from "./frame/es";
import { goods } from "./goods/es";
import { may } from "./may/es";
import { network } from "./network/es";
import { picture } from "./picture/es";
import { sentences } from "./sentences/es";
import { signin } from "./signin/es";
import { work } from "./work/es";

export const es: Catalogue = { ...frame, ...goods, ...may, ...network, ...picture, ...sentences, ...signin, ...work };
