export const PACKAGE = "@touchmark/node";
