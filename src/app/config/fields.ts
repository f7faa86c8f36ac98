import type { FieldTable } from '../../model/field.ts';
import { fieldTables } from '../registry.ts';
import type { Config } from './keys.ts';
import { kubernetesPlugin } from './kubernetes-metadata.ts';
import { loadsPlugin } from './plugin-init.ts';
import { staticFieldClass } from './static-fields.ts';

/** The fields by event source, as a configuration has them. */
export function configuredFields(config: Config): (source: string) => FieldTable | undefined {
  return fieldTables(staticFieldClass(config.static_fields), loadsPlugin(config, kubernetesPlugin));
}
