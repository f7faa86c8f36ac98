import { describe, expect, it } from 'vitest';
import { checkOutput } from '../engine/output-format.ts';
import { loadRules } from '../engine/loader/load-rules.ts';
import { ignoredCalls, syscallsFor } from './interest.ts';
import { fieldTables } from './registry.ts';

function rules(condition: string) {
  const text = `- {rule: r, desc: d, condition: '${condition}', output: o, priority: INFO, warn_evttypes: false}`;
  const tables = fieldTables();
  const loaded = loadRules([{ name: 'r.yaml', text }], {
    fieldTable: tables,
    checkOutput: (output, source) => checkOutput(output, tables(source)!),
  });
  expect(loaded.successful).toBe(true);
  return loaded.rules;
}

const base = syscallsFor([]);

describe('system calls that rules ask for', () => {
  it.each([
    ['evt.type = renameat2', ['renameat2']],
    ['evt.type in (chmod, fchmodat) and proc.name = x', ['chmod', 'fchmodat']],
    ['evt.type = prlimit', []],
    ['evt.type = add_key', ['add_key']],
    ['evt.type = read', []],
    ['evt.type = pread', []],
    ['evt.type = procexit', ['procexit']],
    ['evt.type = unlink or not evt.type != rmdir', ['rmdir', 'unlink']],
  ])('%s', (condition, added) => {
    expect(syscallsFor(rules(condition)).filter((name) => !base.includes(name) && name !== 'asyncevent')).toEqual(
      added,
    );
  });

  it('always has what changes the state', () => {
    expect(base).toEqual(expect.arrayContaining(['execve', 'clone3', 'openat', 'close', 'setuid', 'connect']));
  });

  it('never has those that move data, and names them where a rule asks', () => {
    for (const condition of ['evt.type = read', 'evt.type = pread', 'evt.num >= 0']) {
      expect(syscallsFor(rules(condition))).not.toEqual(expect.arrayContaining(['read']));
    }
    expect(ignoredCalls(rules('evt.type in (read, pread, open)'))).toEqual(['pread64', 'read']);
    expect(ignoredCalls(rules('evt.num >= 0'))).toEqual([]);
  });
});
