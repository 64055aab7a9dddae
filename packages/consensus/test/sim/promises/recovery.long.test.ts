import { recoveryTests } from "./recovery.ts";

recoveryTests(30);
