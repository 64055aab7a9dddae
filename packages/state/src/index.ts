export * from "./merkle/index.ts";
