/** The console's words in English, the source of the others. */

import { frame } from "./frame/en";
import { goods } from "./goods/en";
import { may } from "./may/en";
import { network } from "./network/en";
import { picture } from "./picture/en";
import { sentences } from "./sentences/en";
import { signin } from "./signin/en";
import { work } from "./work/en";

export const en = { ...frame, ...goods, ...may, ...network, ...picture, ...sentences, ...signin, ...work };
