import type { Digest, Height, Nanos, Txid, View } from "@touchmark/core";
import type { ValidatorIndex } from "./committee.ts";

/** What a replica tells of itself: the shell logs and counts, the simulator draws and checks. */
export type Fact =
  | { readonly kind: "sighted"; readonly txid: Txid; readonly stamp: Nanos }
  | { readonly kind: "declined"; readonly txid: Txid; readonly why: string }
  | { readonly kind: "proposed"; readonly view: View; readonly height: Height; readonly digest: Digest }
  | { readonly kind: "waiting"; readonly height: Height; readonly why: string }
  | { readonly kind: "refusedCut"; readonly view: View; readonly height: Height; readonly why: string }
  | { readonly kind: "prepared"; readonly view: View; readonly height: Height }
  | { readonly kind: "delivered"; readonly height: Height; readonly transactions: number }
  | { readonly kind: "viewChange"; readonly view: View; readonly why: string }
  | { readonly kind: "newView"; readonly view: View }
  | { readonly kind: "complained"; readonly view: View }
  /** P-3: two replicas say different things of the state after this height; told once for each. */
  | { readonly kind: "stateSplit"; readonly height: Height; readonly fields: readonly string[] }
  | { readonly kind: "equivocation"; readonly lane: ValidatorIndex | undefined }
  | { readonly kind: "clockAhead"; readonly by: Nanos }
  | { readonly kind: "caughtUp"; readonly height: Height }
  | { readonly kind: "ignored"; readonly message: string; readonly why: string };
