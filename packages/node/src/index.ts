export const PACKAGE = "@touchmark/node";
export * from "./errors.ts";
export { LevelStore, type LevelStoreOptions } from "./storage/level-store.ts";
