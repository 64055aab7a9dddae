import { faultyTests, mixedTests } from "./faulty.ts";
import { range } from "./plans.ts";

faultyTests([4], range(2));
faultyTests([7], range(1));
mixedTests([7, 10], range(3, 100));
