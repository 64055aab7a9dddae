/**
 * A type that only its own constructor can make: `Height` and `View` are both numbers, and neither
 * type-checks as the other. The mark exists for the compiler alone.
 */
declare const brandMark: unique symbol;

export type Brand<Base, Name extends string> = Base & { readonly [brandMark]: Name };
