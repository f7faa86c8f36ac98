import { expect, it } from 'vitest';
import { scenario } from '../../test/kit/events.ts';
import { bindField, syscallFields } from '../../test/kit/oracle.ts';
import { Event } from '../model/event.ts';
import { events } from '../model/event-table.ts';
import type { FieldSpec } from '../model/field.ts';
import { fieldShower, readField } from '../model/format.ts';
import { MachineState } from '../state/machine-state.ts';

const rounds = 4;
const maxParamSize = 40;

/** A repeatable source of bytes (xorshift). */
function bytes(seed: number): (size: number) => Buffer {
  let state = seed;
  function next(): number {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state & 0xff;
  }
  return (size) => Buffer.from(Array.from({ length: size }, next));
}

/** Some use of a field: with an argument where it needs one. */
function use(name: string, spec: FieldSpec): string {
  if (spec.arg?.required !== true) return name;
  switch (name) {
    case 'evt.arg':
      return 'evt.arg[1]';
    case 'evt.rawarg':
      return 'evt.rawarg.fd';
    case 'evt.type.is':
      return 'evt.type.is.open';
    case 'thread.cgroup':
      return 'thread.cgroup.cpu';
    default:
      return `${name}[0]`;
  }
}

it('shows something for whatever bytes an event holds', () => {
  const table = syscallFields();
  const names = table.classes.flatMap((one) => Object.entries(one.fields).map(([name, spec]) => use(name, spec)));
  const more = ['evt.arg.data', 'evt.arg.addr', 'evt.arg.fds', 'evt.rawarg.res', 'evt.rawarg.addr', 'evt.rawarg.name'];
  const uses = [...names, ...more, 'proc.aname[3]', 'proc.aenv[x]', 'evt.abspath.dst'].map((text) => {
    const field = bindField(table, text)!;
    const how = [true, false].flatMap((json) => [true, false].map((base64) => fieldShower(field, { json, base64 })));
    return { field, how };
  });
  const state = new MachineState();
  const event = new Event();
  const fill = bytes(0x5eed);
  const run = scenario({ fds: { 100: [{ fd: 3, name: '/x' }] } });
  for (let round = 0; round < rounds; round++) {
    for (const info of events) {
      if (info.params.length === 0) continue;
      const values = info.params.map(({ name }) => [name, fill(fill(1)[0]! % maxParamSize)]);
      run.event(info.code, Object.fromEntries(values));
    }
  }
  let shown = 0;
  run.feed({
    snapshot: (snapshot) => state.load(snapshot),
    event: (data, view, at, cpu) => {
      event.num++;
      if (!event.read(data, view, at, cpu)) return;
      state.apply(event);
      for (const { field, how } of uses) {
        readField(field, event, state);
        for (const show of how) if (show(event, state) !== null) shown++;
      }
      state.after(event);
    },
  });
  expect(shown).toBeGreaterThan(100_000);
});
