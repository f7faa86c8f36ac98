import type { OutputSpec } from '../../model/output.ts';
import { outputs } from '../registry.ts';

/** The literals of all outputs, by id. Vendors' libraries are not loaded by this. */
export async function outputSpecs(): Promise<readonly OutputSpec[]> {
  const modules = await Promise.all(Object.values(outputs).map((load) => load()));
  return modules.map((module) => module.default as unknown as OutputSpec);
}
