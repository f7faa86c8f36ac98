import { Event } from '../../src/model/event.ts';
import type { ShowOptions, Value } from '../../src/model/field.ts';
import { fieldShower, readField } from '../../src/model/format.ts';
import { MachineState, type StateOptions } from '../../src/state/machine-state.ts';
import type { Scenario } from './events.ts';
import { bindField, syscallFields } from './oracle.ts';

/** What fields show, as JSON unless told otherwise (`compared`: the value that rules compare), at the last event of a scenario. */
export function shown(
  run: Scenario,
  fields: readonly string[],
  how: ShowOptions & StateOptions & { compared?: boolean } = { json: true, base64: false },
): Record<string, Value | null> {
  const table = syscallFields();
  const showers = fields.map((text) => {
    const field = bindField(table, text);
    if (field === undefined) throw new RangeError(`no field ${text}`);
    if (how.compared !== true) return { text, show: fieldShower(field, how) };
    return { text, show: (event: Event, machine: MachineState) => readField(field, event, machine) };
  });
  const state = new MachineState(how);
  const event = new Event();
  let values: Record<string, Value | null> = {};
  run.feed({
    snapshot: (snapshot) => state.load(snapshot),
    event: (bytes, view, at, cpu) => {
      event.num++;
      if (!event.read(bytes, view, at, cpu)) throw new RangeError('the scenario has a broken event');
      state.apply(event);
      values = Object.fromEntries(showers.map(({ text, show }) => [text, show(event, state)]));
      state.after(event);
    },
  });
  return values;
}

/** The same for fields and values given as one table: what the fields of its keys show, in its order. */
export function shownLike(run: Scenario, expected: Readonly<Record<string, unknown>>): Record<string, Value | null> {
  return shown(run, Object.keys(expected));
}
