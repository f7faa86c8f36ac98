import type { Priority } from '../../src/model/alert.ts';
import type { Notice, NoticeValue } from '../../src/model/notice.ts';

/** What differs from the example. */
export type NoticeParts = Partial<Omit<Notice, 'json' | 'timeText' | 'fields'>> & {
  readonly fields?: Readonly<Record<string, NoticeValue>>;
};

const defaults = {
  uuid: '6f2b3c1e-8a4d-4c7b-9e2f-1d0a5b6c7d8e',
  // 2026-11-21T05:29:25.123456789Z
  time: 1_795_238_965_123_456_789n,
  hostname: 'web-1',
  rule: 'Terminal shell in container',
  priority: 'Notice' as Priority,
  source: 'syscall',
  tags: ['T1059', 'container', 'mitre_execution'],
  output: 'A shell was spawned in a container (user=root command=sh -c "id")',
};
const defaultFields: Readonly<Record<string, NoticeValue>> = {
  'container.id': '3ad7b26ded6d',
  'container.image.repository': 'docker.io/library/nginx',
  'container.name': 'web',
  'evt.time': 1_795_238_965_123_456_789n,
  'k8s.ns.name': 'shop',
  'k8s.pod.name': 'web-7f9c',
  'proc.cmdline': 'sh -c "id"',
  'proc.name': 'sh',
  'proc.pid': 4242,
  'proc.tty': 34_816,
  'user.name': 'root',
};

/** JSON as JSON.stringify writes it, with integers of any size. */
function json(value: NoticeValue): string {
  if (typeof value === 'bigint') return String(value);
  if (Array.isArray(value)) return `[${(value as readonly NoticeValue[]).map(json).join(',')}]`;
  return JSON.stringify(value);
}

function timeTextOf(time: bigint): string {
  const seconds = new Date(Number(time / 1_000_000n)).toISOString().slice(0, 19);
  return `${seconds}.${String(time % 1_000_000_000n).padStart(9, '0')}Z`;
}

/** A notice as deliveries make them: the example, but for what is given. */
export function makeNotice({ fields = defaultFields, ...parts }: NoticeParts = {}): Notice {
  const notice = { ...defaults, ...parts };
  const timeText = timeTextOf(notice.time);
  const { uuid, output, priority, rule, source, tags, hostname } = notice;
  const items = Object.entries(fields).map(([name, value]) => `${JSON.stringify(name)}:${json(value)}`);
  const before = JSON.stringify({ uuid, output, priority, rule, time: timeText }).slice(0, -1);
  const behind = JSON.stringify({ source, tags, hostname }).slice(1);
  return {
    ...notice,
    timeText,
    fields: new Map(Object.entries(fields)),
    json: `${before},"output_fields":{${items.join(',')}},${behind}`,
  };
}

/** What the examples of outputs are about. */
export const exampleNotice: Notice = makeNotice();

/** The example and those that follow it, a millisecond apart. */
export function exampleNotices(count: number): Notice[] {
  return Array.from({ length: count }, (_, i) =>
    makeNotice({
      uuid: defaults.uuid.slice(0, -3) + ((0xd8e + i) % 4096).toString(16).padStart(3, '0'),
      time: defaults.time + BigInt(i) * 1_000_000n,
    }),
  );
}

const nasty = [
  'two\nlines\r\n\tand a tab',
  '\x1b[31mred\x1b[0m \x07\x00',
  '<script>alert(1)</script> &amp; <!channel> <@U123> <http://evil|click>',
  '**bold** _it_ `code` ```block``` ~~x~~ [link](http://evil) | cell | > quote # head - item ![i](x)',
  '{{ .Rule }} ${HOME} $(id) %s %n %25 %{x}',
  '=HYPERLINK("http://evil") +1 -1 @SUM(1) ',
  '"quoted" \'single\' back\\slash, comma; semi=equals',
  'lone \ud800 and \udc00 surrogates, \ufffd, \u2028\u2029, \u202etxt.exe',
  'Ünïcödé 日本 🦅 𝒳',
  '',
];

/** Everything that an attacker can put into an alert, in each of its places. */
export function hostileNotice(): Notice {
  const everything = nasty.join(' ');
  return makeNotice({
    hostname: everything.slice(0, 250),
    rule: everything,
    priority: 'Critical',
    tags: nasty,
    output: everything,
    fields: {
      ...Object.fromEntries(nasty.map((text, i) => [`field.${i}`, text])),
      ...Object.fromEntries(nasty.map((text) => [text, text])),
      'evt.time': 1_795_238_965_123_456_789n,
      'proc.pid': 2n ** 64n - 1n,
      'proc.args[1]': 'x',
      'fd.nothing': null,
      'fd.flag': true,
      'fd.float': 1.5,
      'fd.list': ['a', null, 1n, ['b,c', '"d"']],
      'proc.cmdline': `${'\u00e9"\n\\<&>'.repeat(150_000)}`,
    },
  });
}
