import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { missing, sharedFolder } from '../../test/kit/requirements.ts';
import { checkOutput } from '../engine/output-format.ts';
import { loadRules } from '../engine/loader/load-rules.ts';
import { events, syscallSets } from '../model/event-table.ts';
import { RuleInterest, selectCalls, type SyscallSelection } from './interest.ts';
import { fieldTables } from './registry.ts';

function load(files: { name: string; text: string }[]) {
  const tables = fieldTables();
  const loaded = loadRules(files, {
    fieldTable: tables,
    checkOutput: (output, source) => checkOutput(output, tables(source)!),
  });
  expect(loaded.successful).toBe(true);
  return loaded.rules;
}

function rules(condition: string) {
  const text = `- {rule: r, desc: d, condition: '${condition}', output: o, priority: INFO, warn_evttypes: false}`;
  return load([{ name: 'r.yaml', text }]);
}

const base = selectCalls([]).names;
const ignored = syscallSets.ignored_by_default;
const least =
  'capset chdir chroot clone clone3 execve execveat fchdir fork prctl sched_process_exit setgid setgid32 setpgid ' +
  'setresgid setresgid32 setresuid setresuid32 setsid setuid setuid32 vfork';
const container = 'chroot clone clone3 execve execveat fork sched_process_exit vfork';

function words(text: string): string[] {
  return text.split(' ').filter((word) => word !== '');
}

function selection(items: string, more: Partial<SyscallSelection> = {}): SyscallSelection {
  return { customSet: words(items), repair: false, all: false, ...more };
}

function select(condition: string, given: SyscallSelection) {
  return selectCalls(condition === '' ? [] : rules(condition), given);
}

it.each([
  ['CRITICAL', ['bpf', 'open_by_handle_at']],
  ['EMERGENCY', ['bpf', 'open_by_handle_at']],
  ['ERROR', []],
])('a rule of priority %s: calls that must get through, but none that floods are made of', (priority, expected) => {
  const condition = 'evt.type in (bpf, open_by_handle_at, openat, connect, read)';
  const text = `- {rule: r, desc: d, condition: '${condition}', output: o, priority: ${priority}}`;
  const codes = [...new RuleInterest(load([{ name: 'r.yaml', text }])).critical()];
  expect([...new Set(codes.map((code) => events[code]!.name))].sort()).toEqual(expected);
});

it('a rule for nearly everything does not ask for each page fault and change of the running thread', () => {
  const { names } = selectCalls(rules('evt.res = EPERM'));
  expect(names).toContain('renameat2');
  expect(names).not.toContain('page_fault');
  expect(names).not.toContain('switch');
});

describe('system calls that rules ask for', () => {
  it.each([
    ['evt.type = renameat2', ['renameat2']],
    ['evt.type in (chmod, fchmodat) and proc.name = x', ['chmod', 'fchmodat']],
    ['evt.type = prlimit', []],
    ['evt.type = add_key', ['add_key']],
    ['evt.type in (add_key, keyctl) and not evt.type = keyctl', ['add_key']],
    ['not (not evt.type = add_key or proc.name = x)', ['add_key']],
    ['evt.type = add_key or (evt.type = rmdir and proc.name = x)', ['add_key', 'rmdir']],
    ['evt.type = read', []],
    ['evt.type = pread', []],
    ['evt.type = procexit', []],
    ['evt.type = signaldeliver', ['signaldeliver']],
    ['evt.type in (switch, page_fault)', ['page_fault', 'switch']],
    ['evt.type = container', []],
    ['evt.type = container_removed', []],
    ['evt.type = unlink or not evt.type != rmdir', ['rmdir', 'unlink']],
  ])('%s', (condition, added) => {
    expect(selectCalls(rules(condition)).names.filter((name) => !base.includes(name))).toEqual(added);
  });

  it('always has what changes the state', () => {
    expect(base).toEqual([...syscallSets.state_set].sort());
  });

  it.each([
    ['evt.type = read', 0],
    ['evt.num >= 0', 350],
    ['evt.type != execve', 350],
    ['evt.type exists', 350],
  ])('%s: at least so many more', (condition, more) => {
    const { names } = selectCalls(rules(condition));
    expect(names.length - base.length).toBeGreaterThanOrEqual(more);
    for (const name of ignored) expect(names).not.toContain(name);
    if (more > 0) expect(names).toEqual(expect.arrayContaining(['rename', 'futex', 'getpid']));
  });

  it('names those that are not watched where a rule asks', () => {
    expect(selectCalls(rules('evt.type in (read, pread, open)')).unwatched).toEqual(['pread64', 'read']);
    expect(selectCalls(rules('evt.num >= 0')).unwatched).toEqual([]);
  });
});

describe('base_syscalls', () => {
  it.each<[title: string, condition: string, given: SyscallSelection, names: string]>([
    ['a custom set takes the place of the state', '', selection('open openat'), `${container} open openat`],
    ['rules add to it', 'evt.type = rmdir', selection('open'), `${container} open rmdir`],
    ['names of events count', '', selection('prlimit procexit pread'), `${container} prlimit64`],
    ['with all, pread too', '', selection('pread', { all: true }), `${container} pread64`],
    ['read stays out though named', '', selection('read open'), `${container} open`],
    ['what is unknown is left out', '', selection('open opne'), `${container} open`],
    ['! wins over a rule', 'evt.type = rmdir', selection('open !rmdir'), `${container} open`],
    ['! wins over the same name', '', selection('open close !open'), `${container} close`],
    [
      'the end of processes is always watched',
      '',
      selection('open !procexit !fork'),
      `${container} open`.replace('fork ', ''),
    ],
    ['repair without a set', '', selection('', { repair: true }), least],
    ['repair: files need close', 'evt.type = rmdir', selection('', { repair: true }), `${least} close rmdir`],
    [
      'repair: network',
      'evt.type = connect',
      selection('', { repair: true }),
      `${least} close connect getsockopt socket`,
    ],
    [
      'repair: servers',
      'evt.type = listen',
      selection('', { repair: true }),
      `${least} bind close getsockopt listen socket`,
    ],
    ['repair: a call apart from all', 'evt.type = add_key', selection('', { repair: true }), `${least} add_key`],
    [
      'repair of a custom set',
      'evt.type = rmdir',
      selection('accept', { repair: true }),
      `${least} accept bind close getsockopt rmdir socket`,
    ],
    ['repair puts back what the state needs', '', selection('dup !execve', { repair: true }), `${least} close dup`],
  ])('%s', (_, condition, given, names) => {
    expect(select(condition, given).names.join(' ')).toBe([...new Set(words(names))].sort().join(' '));
  });

  it('only exclusions leave the state as it is', () => {
    expect(select('', selection('!accept !nothing')).names).toEqual(base.filter((name) => name !== 'accept'));
  });

  it('only exclusions and repair: the least, without them but for what it needs', () => {
    const { names, repaired } = select('evt.type = rmdir', selection('!close', { repair: true }));
    expect(names).toEqual([...words(least), 'close', 'rmdir'].sort());
    expect(repaired).toEqual(['close']);
  });

  it('all has those that move data where something asks for them', () => {
    expect(select('', selection('', { all: true })).names).toEqual(base);
    const { names, unwatched } = select('evt.type in (read, write)', selection('', { all: true }));
    expect({ more: names.filter((name) => !base.includes(name)), unwatched }).toEqual({
      more: ['read', 'write'],
      unwatched: [],
    });
  });

  it('tells what it did', () => {
    const { unknown, unwatched, repaired } = select(
      'evt.type in (rmdir, read)',
      selection('open opne !rmdri !rmdir', { repair: true }),
    );
    expect({ unknown, unwatched }).toEqual({ unknown: ['!rmdri', 'opne'], unwatched: ['read', 'rmdir'] });
    expect(repaired).toEqual(expect.arrayContaining(['close', 'setuid']));
    expect(repaired).not.toContain('execve');
  });
});

describe.skipIf(missing('shared'))("upstream's rules", () => {
  it.each([
    [['falco_rules'], 77],
    [['falco_rules', 'falco-incubating_rules'], 90],
    [['falco_rules', 'falco-incubating_rules', 'falco-sandbox_rules'], 92],
  ])('%s: as many calls as Falco watches', (names, count) => {
    const files = names.map((name) => ({
      name,
      text: readFileSync(path.join(sharedFolder!, 'rules', `${name}.yaml`), 'utf8'),
    }));
    const enabled = load(files).filter((rule) => rule.enabled);
    expect(selectCalls(enabled).names).toHaveLength(count);
  });
});
