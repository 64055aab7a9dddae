export const PACKAGE = "@touchmark/client";
