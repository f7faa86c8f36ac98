import { type EventInfo, eventByCode } from '../model/event-table.ts';
import type { FieldSpec } from '../model/field.ts';

const engineEvents = new Set([eventByCode('ASYNCEVENT_E').id, eventByCode('CONTAINER_JSON_2_E').id]);

function isOfThread(info: EventInfo): boolean {
  return !engineEvents.has(info.id);
}

/**
 * Marks fields of processes and users as without value in the events of container engines: these have a container but
 * no process, which a stand-in for a thread expresses.
 */
export function ofThread<F extends Readonly<Record<string, FieldSpec>>>(fields: F): F {
  const marked = Object.entries(fields).map(([name, spec]) => {
    const { possible } = spec;
    const both: FieldSpec['possible'] = (info, arg) => isOfThread(info) && possible?.(info, arg) !== false;
    return [name, { ...spec, possible: possible === undefined ? isOfThread : both }];
  });
  return Object.fromEntries(marked) as F;
}
