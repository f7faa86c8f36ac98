import type { OutputSpec } from '../../model/output.ts';
import type { IntakeSpec } from '../../model/intake.ts';
import { intakes, outputs } from '../registry.ts';

/** The literals of all outputs, by id. Vendors' libraries are not loaded by this. */
export async function outputSpecs(): Promise<readonly OutputSpec[]> {
  const modules = await Promise.all(Object.values(outputs).map((load) => load()));
  return modules.map((module) => module.default as unknown as OutputSpec);
}

/** The literals of all intakes. */
export async function intakeSpecs(): Promise<readonly IntakeSpec[]> {
  const modules = await Promise.all(Object.values(intakes).map((load) => load()));
  return modules.map((module) => module.default as unknown as IntakeSpec);
}
