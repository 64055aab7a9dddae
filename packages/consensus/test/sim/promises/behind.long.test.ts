import { behindTests, wipeTests } from "./behind.ts";
import { range } from "./plans.ts";

behindTests(1_000);
wipeTests(range(500));
