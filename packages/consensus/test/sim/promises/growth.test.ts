import { growthTests } from "./growth.ts";

growthTests([1]);
