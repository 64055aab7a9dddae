import { certificationSamples } from "./certification.ts";
import { governanceSamples } from "./governance.ts";
import { identitySamples } from "./identity.ts";
import { materialsSamples } from "./materials.ts";
import { paymentsSamples } from "./payments.ts";
import type { Samples } from "./sample.ts";

/** One file for each machine; a new machine's is added here. */
export const SAMPLES: readonly Samples[] = [
  identitySamples,
  certificationSamples,
  materialsSamples,
  paymentsSamples,
  governanceSamples,
];
