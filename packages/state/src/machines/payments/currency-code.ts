import { text, where } from "@touchmark/core";

/** A currency is named by its code: capitals and digits, from 1 to 12 of them, with dots and hyphens between. */
const CODE = /^[A-Z0-9](?:[A-Z0-9.-]{0,10}[A-Z0-9])?$/;
const CODE_BYTES_MAX = 12;

export const currencyCode = where(text(1, CODE_BYTES_MAX), (code) => CODE.test(code));
