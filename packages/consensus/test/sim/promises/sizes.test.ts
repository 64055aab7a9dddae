import { sizeTests } from "./sizes.ts";

sizeTests([1, 2, 3, 4, 5, 6, 7, 10, 13, 16, 22, 31]);
