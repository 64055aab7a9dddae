import { VALIDATORS_MAX } from "../../../src/params.ts";
import { range } from "./plans.ts";
import { sizeTests } from "./sizes.ts";

sizeTests(range(VALIDATORS_MAX, 1));
