import { describe, expect, it, test } from 'vitest';
import { corpusFields, stubTable } from '../../test/conformance/language/stub-fields.ts';
import { parseCondition, parseOperand } from '../lang/parser.ts';
import { Event } from '../model/event.ts';
import { fieldClass, eventField, fdField, threadField, type FieldTable } from '../model/field.ts';
import { buildFieldTable } from '../model/field-table.ts';
import { Fd } from '../model/fd.ts';
import type { Machine } from '../model/machine.ts';
import { Thread } from '../model/thread.ts';
import { BindCache, bindCondition, bindOperand } from './bind.ts';
import { eventReader } from './bind-operand.ts';
import type { BoundCheck, BoundOperand } from './bound.ts';
import { boundText } from './bound-text.ts';

const machine = {} as Machine;

const table = buildFieldTable('test', [
  fieldClass({
    id: 'test',
    prefixes: ['proc', 'fd', 'evt'],
    summary: '',
    sources: 'any',
    fields: {
      'proc.name': threadField('CHARBUF', '', (thread) => thread.comm),
      'proc.none': threadField('CHARBUF', '', () => null),
      'proc.pid': threadField('INT64', '', (thread) => thread.pid),
      'proc.args': threadField('CHARBUF', '', (thread) => thread.args as never, { list: true }),
      'fd.name': fdField('CHARBUF', '', () => '/etc/passwd'),
      'evt.arg': eventField('CHARBUF', '', () => 'Arg'),
      'evt.around': eventField('UINT64', '', () => 5, { equalsMeansAtMost: true }),
      'evt.bytes': eventField('BYTEBUF', '', () => '', { refusal: () => ({ values: 'no values' }) }),
      'evt.address': eventField('BYTEBUF', '', () => '', { refusal: () => ({ operators: 'ADDRESS' }) }),
    },
  }),
]);

function operandOf(text: string, fields: FieldTable = table): BoundOperand {
  const parsed = parseOperand(text);
  if (!parsed.ok) throw new TypeError(parsed.problem.message);
  const bound = bindOperand(parsed.value, fields);
  if (!bound.ok) throw new TypeError(bound.message);
  return bound.operand;
}

function event(withFd: boolean): Event {
  const thread = new Thread();
  thread.comm = 'Bash';
  thread.pid = 7;
  thread.args = ['-a', 'b'];
  const made = new Event();
  made.thread = thread;
  made.fd = withFd ? new Fd() : null;
  return made;
}

describe('transformers over fields', () => {
  const cases: readonly (readonly [string, BoundOperand['getter']['scope'], unknown, unknown])[] = [
    ['toupper(proc.name)', 'thread', 'BASH', 'BASH'],
    ['toupper(proc.none)', 'thread', null, null],
    ['basename(fd.name)', 'fd', 'passwd', null],
    ['tolower(evt.arg)', 'event', 'arg', 'arg'],
    ['concat(proc.name, ":", fd.name)', 'event', 'Bash:/etc/passwd', null],
    ['concat(proc.name, "-", proc.name)', 'thread', 'Bash-Bash', 'Bash-Bash'],
    ['join(",", proc.args)', 'thread', '-a,b', '-a,b'],
    ['join("/", (proc.name, proc.pid, "x", proc.args))', 'thread', 'Bash/7/x/-a/b', 'Bash/7/x/-a/b'],
    ['join("/", ("a", "b"))', 'event', 'a/b', 'a/b'],
    ['len(proc.args)', 'thread', 2, 2],
    ['getopt(proc.args, "a:")[a]', 'thread', 'b', 'b'],
    ['toupper(basename(concat("/x/", proc.name)))', 'thread', 'BASH', 'BASH'],
  ];

  test.each(cases)('%s has scope %s', (text, scope, withFd, withoutFd) => {
    const { getter } = operandOf(text);
    expect(getter.scope).toBe(scope);
    const read = eventReader(getter);
    expect(read(event(true), machine)).toEqual(withFd);
    expect(read(event(false), machine)).toEqual(withoutFd);
  });
});

describe('conditions', () => {
  const stub = stubTable('syscall', corpusFields);

  function check(condition: string): BoundCheck {
    const parsed = parseCondition(condition);
    if (!parsed.ok) throw new TypeError(parsed.problem.message);
    const { expr, problems } = bindCondition(parsed.value, stub);
    if (expr?.kind !== 'check') throw new TypeError(problems[0]?.message);
    return expr;
  }

  test('literals are of the type of the field', () => {
    expect(check('proc.pid = 16').right).toMatchObject({ kind: 'literals', literals: [16] });
    expect(check('evt.failed in (true, false)').right).toMatchObject({ kind: 'literals', literals: [true, false] });
    expect(check('fd.snet = 10.0.0.0/8').right).toMatchObject({
      kind: 'literals',
      literals: [{ address: '\x0a\0\0\0', bits: 8 }],
    });
    expect(check('evt.buffer bcontains 4142').right).toMatchObject({ kind: 'literals', literals: ['AB'] });
    expect(check('proc.name exists').right).toEqual({ kind: 'none' });
  });

  test('the right side may be another field', () => {
    const { left, right } = check('proc.name = val(proc.pname)');
    expect(left.field?.name).toBe('proc.name');
    expect(right).toMatchObject({ kind: 'operand', operand: { text: 'proc.pname', type: 'CHARBUF', list: false } });
  });

  test('equal checks have equal texts', () => {
    const textOf = (condition: string) => boundText(check(condition));
    expect(textOf('proc.name==a')).toBe(textOf('proc.name  =  "a"'));
    expect(textOf('proc.aname["2"] = a')).toBe(textOf('proc.aname[2] = a'));
    expect(textOf('proc.name in (a)')).not.toBe(textOf('proc.name intersects (a)'));
  });

  test('shared parts are bound once', () => {
    const parsed = parseCondition('proc.name = a');
    if (!parsed.ok) throw new TypeError(parsed.problem.message);
    const cache = new BindCache(() => true);
    const first = bindCondition(parsed.value, stub, { cache });
    expect(bindCondition(parsed.value, stub, { cache }).expr).toBe(first.expr);
  });

  test('a name that is mistyped is told with what it may be', () => {
    const parsed = parseCondition('proc.nam = a and fd.nmae = b');
    if (!parsed.ok) throw new TypeError(parsed.problem.message);
    const { problems } = bindCondition(parsed.value, stub);
    expect(problems.map(({ help }) => help)).toEqual([
      expect.stringContaining('did you mean proc.name'),
      expect.stringContaining('did you mean fd.name'),
    ]);
  });
});

test('a field may mean "at most" by =', () => {
  const parsed = parseCondition('evt.around = 10 and proc.pid = 7');
  if (!parsed.ok) throw new TypeError(parsed.problem.message);
  const { expr } = bindCondition(parsed.value, table);
  expect(expr).toMatchObject({ items: [{ op: '<=' }, { op: '=' }] });
});

it.each([
  ['evt.bytes = a', 'no values'],
  ['evt.bytes in (a)', 'no values'],
  ['evt.bytes exists', undefined],
  ['evt.address contains a', "filter error: 'contains' operator not supported for type 'ADDRESS'"],
  ['evt.address exists', undefined],
])('a field may refuse conditions: %s', (condition, message) => {
  const parsed = parseCondition(condition);
  if (!parsed.ok) throw new TypeError(parsed.problem.message);
  expect(bindCondition(parsed.value, table).problems[0]?.message).toBe(message);
});
