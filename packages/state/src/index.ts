export const PACKAGE = "@touchmark/state";
