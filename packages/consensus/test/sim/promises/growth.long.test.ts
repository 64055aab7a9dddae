import { growthTests } from "./growth.ts";
import { range } from "./plans.ts";

growthTests(range(30));
