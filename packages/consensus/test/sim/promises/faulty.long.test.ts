import { faultyTests, mixedTests } from "./faulty.ts";
import { range } from "./plans.ts";

faultyTests([4, 7, 10], range(25));
mixedTests([7, 10, 13], range(100, 100));
