import { must } from "@touchmark/core";
import type { Overlay } from "./overlay.ts";
import {
  PARAMETER_NAMES,
  type ParameterName,
  type ParameterValue,
  parameterOf,
  parameters,
} from "./parameters.ts";

/** L-17: the parameters as the state has them, remembered until one is written. */
export class ParameterView {
  private readonly overlay: Overlay;
  private revision = -1;
  private readonly values = new Map<ParameterName, number | bigint>();

  constructor(overlay: Overlay) {
    this.overlay = overlay;
  }

  get<Name extends ParameterName>(name: Name): ParameterValue<Name> {
    if (this.revision !== this.overlay.revision(parameters)) this.read();
    // biome-ignore lint/nursery/noUnsafeTypeAssertion: a stored value has its parameter's unit (isParameterValue)
    return must(this.values.get(name), "a parameter") as ParameterValue<Name>;
  }

  private read(): void {
    for (const name of PARAMETER_NAMES) {
      const { number, standard } = parameterOf(name);
      this.values.set(name, this.overlay.get(parameters, number)?.value ?? standard);
    }
    this.revision = this.overlay.revision(parameters);
  }
}
