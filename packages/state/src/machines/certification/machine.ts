import type { Machine } from "../../machine.ts";
import * as accreditations from "./accreditations.ts";
import { recordAudit } from "./audits.ts";
import * as certificates from "./certificates.ts";
import * as programmes from "./programmes.ts";
import * as standards from "./standards.ts";

/** Standards, accreditations, audits, programmes, certificates (2b §2). */
export const certification = {
  name: "certification",
  operations: {
    "standard.publish": standards.publish,
    "standard.supersede": standards.supersede,
    "standard.withdraw": standards.withdraw,
    "accreditation.grant": accreditations.grant,
    "accreditation.suspend": accreditations.suspend,
    "accreditation.reinstate": accreditations.reinstate,
    "accreditation.revoke": accreditations.revoke,
    "programme.apply": programmes.apply,
    "audit.record": recordAudit,
    "programme.certify": programmes.certify,
    "programme.amend": programmes.amend,
    "programme.suspend": programmes.suspend,
    "programme.reinstate": programmes.reinstate,
    "programme.revoke": programmes.revoke,
    "certificate.issue": certificates.issue,
    "certificate.revoke": certificates.revoke,
  },
  timers: [accreditations.accreditationExpires, programmes.programmeLapses, programmes.programmeEnds],
} as const satisfies Machine;
