import { defaultIntake } from '../../src/delivery/defaults.ts';
import { readBody } from '../../src/delivery/notices/body.ts';
import { NoticeMaker } from '../../src/delivery/notices/maker.ts';
import { restoreNotice } from '../../src/delivery/notices/restore.ts';
import { compileCondition } from '../../src/delivery/routing/condition.ts';
import type { Notice } from '../../src/model/notice.ts';
import { alertJson } from '../../test/kit/alerts.ts';
import type { Random } from '../../test/kit/random-rules.ts';
import { mutateText } from '../mutate-text.ts';
import { demand, magnitude, messageKind, type Target } from '../target.ts';

const plain = JSON.stringify(alertJson());
const words = [
  '"evt.time":1795238965123456789',
  '\\ud800',
  '1e999',
  '[[[[',
  '{"a":{"b":[1]}}',
  '"uuid":""',
  '\n',
  plain,
  'null',
];

class AlertTarget implements Target {
  readonly name = 'alert';
  readonly summary = 'bodies of requests through enrichment, to JSON and back, and conditions over what came of them';
  readonly #makers = [
    new NoticeMaker({ ...defaultIntake, textLength: 100, alertBytes: 20_000, alertsPerBody: 20 }),
    new NoticeMaker({
      ...defaultIntake,
      customFields: { env: 'prod' },
      customTags: ['zone'],
      templatedFields: { who: '{{ or (index . "proc.name") (index . "a") | upper | trunc 9 }}' },
      bracketReplacer: '_',
      outputFieldFormat: '<timestamp> <output> <custom_fields> <templated_fields> <tags>',
    }),
  ];

  seeds(): readonly Buffer[] {
    const large = plain.replace('4711', '1795238965123456789');
    return [plain, large, `[${plain},${large}]`, `${plain}\n${large}\n`].map((text) => Buffer.from(text));
  }

  make(random: Random, corpus: readonly Buffer[]): Buffer {
    const text = mutateText(random, [random.pick(corpus).toString(), random.pick(corpus).toString()], words);
    const bytes = Buffer.from(text);
    if (random.chance(20) && bytes.length > 0) bytes[random.below(bytes.length)] = random.below(256);
    return bytes;
  }

  run(input: Buffer): string {
    const kinds = this.#makers.map((maker) => {
      const { notices, refused } = readBody(input, maker);
      for (const notice of notices) checkNotice(notice);
      return `${magnitude(notices.length)} ${[...new Set(refused.map(({ code }) => code))].join()}`;
    });
    const condition = compileCondition(input.toString().slice(0, 2000));
    return [...kinds, condition.ok ? '' : messageKind(condition.problem.message)].join('|');
  }
}

function checkNotice(notice: Notice): void {
  const { json } = notice;
  demand(!json.includes('\n'), () => 'JSON of more than one line');
  demand(json.isWellFormed(), () => 'half a character');
  demand(notice.fields.size > 0, () => 'no fields');
  const again = restoreNotice(json);
  demand(again !== undefined && again.time === notice.time, () => `not read back: ${json}`);
  for (const [name, value] of notice.fields) {
    const same = typeof value === 'object' || typeof value === 'number' || again.fields.get(name) === value;
    demand(
      same || name === '__proto__',
      () => `${name} is ${String(value)}, read back as ${String(again.fields.get(name))}`,
    );
  }
}

export function alertTarget(): Target {
  return new AlertTarget();
}
