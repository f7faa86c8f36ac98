import { fileHeader, readRecord, recordBound, scanFile, writeRecord } from '../../src/delivery/queue/record.ts';
import type { Random } from '../../test/kit/random-rules.ts';
import { demand, magnitude, type Target } from '../target.ts';

/** A file of the queue with alerts of different lengths. */
function sampleFile(count: number): Buffer {
  const texts = Array.from({ length: count }, (_nothing, i) => `{"n":${i},"text":"${'é'.repeat((i * 37) % 300)}"}`);
  const buffer = Buffer.alloc(texts.reduce((sum, text) => sum + recordBound(text, 'slack'), fileHeader.length));
  let at = fileHeader.copy(buffer);
  for (const [i, text] of texts.entries()) {
    const target = i % 3 === 0 ? 'slack' : undefined;
    at = writeRecord(buffer, at, { sequence: i, time: 1_795_238_965_123 + i, priority: i % 8, target }, text);
  }
  return buffer.subarray(0, at);
}

class QueueTarget implements Target {
  readonly name = 'queue';
  readonly summary = 'damaged files of the delivery queue';

  seeds(): readonly Buffer[] {
    return [0, 1, 5, 20].map(sampleFile);
  }

  make(random: Random, corpus: readonly Buffer[]): Buffer {
    const bytes = Buffer.from(random.pick(corpus));
    const other = random.pick(corpus);
    for (let i = random.below(4); i >= 0 && bytes.length > 0; i--) {
      const at = random.below(bytes.length);
      const from = random.below(other.length + 1);
      if (random.chance(40)) bytes[at] = random.below(256);
      else if (random.chance(50))
        bytes.fill(random.pick([0, 0xff]), at, Math.min(bytes.length, at + random.below(600)));
      else other.copy(bytes, at, from, from + random.below(900));
    }
    return random.chance(40) ? bytes.subarray(0, random.below(bytes.length + 1)) : bytes;
  }

  run(input: Buffer): string {
    const scan = scanFile(input);
    let whole = 0;
    for (let at = 0; at < input.length; at++) {
      const scanned = readRecord(input, at);
      if (scanned.kind === 'damage') demand(scanned.next > at, () => `goes on at ${scanned.next} after ${at}`);
      if (scanned.kind !== 'record') continue;
      whole++;
      at = scanned.end - 1;
    }
    // Whatever lies between: every record that is whole is found.
    demand(scan.records.length >= whole, () => `${scan.records.length} records found of ${whole}`);
    demand(scan.damagedBytes <= input.length, () => 'more damage than bytes');
    return [magnitude(whole), magnitude(scan.damaged), magnitude(scan.damagedBytes)].join('|');
  }
}

export function queueTarget(): Target {
  return new QueueTarget();
}
