import { dayAwayTests } from "./day-away.ts";

dayAwayTests(1);
