/** What a caller wants of all the runs that it asks for; everything else is the seed's. */
export interface PlanOptions {
  readonly validators?: number;
  /** Every run has this adversary and no other. */
  readonly adversary?: string;
  /** Whether sets of validators change in some of the runs. */
  readonly epochs: boolean;
  /** P-2 W. */
  readonly window?: number;
}
