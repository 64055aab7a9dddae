import { recoveryTests } from "./recovery.ts";

// Timers are at their cap after 61 s.
recoveryTests(4);
