export const PACKAGE = "@touchmark/consensus";
