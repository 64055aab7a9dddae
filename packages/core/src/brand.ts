/**
 * A type that only its own constructor can make: `Height` and `View` are both numbers, and neither
 * type-checks as the other. The mark exists for the compiler alone. Each name is a field of its own, so that
 * a brand of a brand has both: two values for one field would make it the type that nothing has.
 */
declare const brandMark: unique symbol;

export type Brand<Base, Name extends string> = Base & {
  readonly [brandMark]: { readonly [Mark in Name]: true };
};
