import { encodeBytes } from '../../src/base/utf8.ts';
import { compileOutput } from '../../src/engine/output-format.ts';
import type { Random } from '../../test/kit/random-rules.ts';
import { Grammar } from '../grammar.ts';
import { shippedRules, syscallTable, upstreamRules } from '../judging.ts';
import { mutateText } from '../mutate-text.ts';
import { demand, magnitude, messageKind, type Target } from '../target.ts';
import { playSample, sampleRun } from './sample-events.ts';

class OutputTarget implements Target {
  readonly name = 'output';
  readonly summary = 'output formats: compiled, then filled in from events';
  readonly #grammar = new Grammar(syscallTable);
  readonly #run = sampleRun();
  readonly #words = [...this.#grammar.fields, '%', '%10', '%99999', '[', ']', '(', ')', 'tolower(', 'val(', '*'];

  seeds(): readonly Buffer[] {
    const texts = [...shippedRules(), ...upstreamRules()].flatMap(
      ({ text }) => text.match(/output: *(>\s*)?.+/g) ?? [],
    );
    return texts.map((text) => Buffer.from(text.replace(/^output: *(>\s*)?/, '')));
  }

  make(random: Random, corpus: readonly Buffer[]): Buffer {
    if (random.chance(40)) return Buffer.from(this.#grammar.output(random));
    return Buffer.from(
      mutateText(random, [random.pick(corpus).toString(), random.pick(corpus).toString()], this.#words),
    );
  }

  run(input: Buffer): string {
    const compiled = compileOutput(encodeBytes(input.toString()), syscallTable, { base64: input.length % 2 === 0 });
    if (!compiled.ok) {
      const { offset, help } = compiled.problem;
      demand(Number.isInteger(offset), () => `a mistake at offset ${offset}`);
      return messageKind(help);
    }
    const { format } = compiled;
    let length = 0;
    playSample(this.#run, (state) => (event) => {
      const message = format.message(event, state);
      // eslint-disable-next-line no-control-regex -- every byte is allowed
      demand(!/[^\u0000-\u00ff]/.test(message), () => 'the message is no byte string');
      length += message.length;
      for (const field of format.fields) field.json(event, state);
    });
    return `${format.fields.length} ${magnitude(length)} ${format.fields.map(({ text }) => text).join()}`;
  }
}

export function outputTarget(): Target {
  return new OutputTarget();
}
