import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { missing, sharedFolder } from '../../test/kit/requirements.ts';
import { Event } from '../model/event.ts';
import type { Snapshot } from '../model/machine.ts';
import { blockKinds } from './block-types.ts';
import { paramSizes } from './param-size.ts';
import { readCapture } from './reader.ts';
import { CaptureWriter } from './writer.ts';

const captures = sharedFolder === undefined ? '' : path.join(sharedFolder, 'oracle', 'captures');
const names = captures === '' ? [] : readdirSync(captures).filter((name) => name.endsWith('.scap'));
const nulEnded = new Set(['CHARBUF', 'FSPATH', 'FSRELPATH', 'CHARBUFARRAY']);

/** Everything about the events that contradicts the event table. */
function contradictions(event: Event): string[] {
  const found: string[] = [];
  const { params, code } = event.info;
  if (event.paramCount !== params.length) found.push(`${code} has ${event.paramCount} parameters`);
  for (let i = 0; i < Math.min(params.length, event.paramCount); i++) {
    const { name, type } = params[i]!;
    const size = event.size(i);
    if (size === 0) continue;
    const fixed = paramSizes[type];
    if (fixed > 0 && size !== fixed) found.push(`${code} ${name} (${type}) has ${size} bytes`);
    if (nulEnded.has(type) && event.bytes[event.starts[i + 1]! - 1] !== 0) found.push(`${code} ${name} lacks its NUL`);
  }
  return found;
}

/** The blocks from the first event on, end to end. */
function eventBlocks(capture: Buffer): Buffer {
  let at = 0;
  while (at < capture.length && blockKinds.get(capture.readUInt32LE(at))?.kind !== 'event')
    at += capture.readUInt32LE(at + 4);
  return capture.subarray(at);
}

describe.skipIf(missing('shared'))('captures recorded by Falco', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'saker-oracle-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(names)('%s agrees with the event table and survives writing', { timeout: 120_000 }, async (name) => {
    const file = path.join(captures, name);
    const copy = path.join(folder, name);
    const writer = new CaptureWriter(copy, { compress: name.startsWith('eg-') });
    const event = new Event();
    const wrong = new Set<string>();
    let first: Snapshot | undefined;
    const stats = await readCapture({
      path: file,
      batchEnd: () => writer.drain(),
      sink: {
        snapshot(snapshot) {
          first = snapshot;
          writer.snapshot(snapshot);
        },
        event(bytes, view, header, cpu) {
          if (!event.read(bytes, view, header, cpu)) wrong.add('unreadable event');
          for (const text of contradictions(event)) wrong.add(text);
          writer.event(bytes, view, header);
        },
        lost: (count, reason) => void wrong.add(`${count} ${reason}`),
      },
    });
    await writer.close();
    expect([...wrong]).toEqual([]);
    expect(stats).toMatchObject({ sections: 1, unknownEvents: 0, droppedEvents: 0, storedEvents: 0, unknownBlocks: 0 });
    expect([writer.events, writer.lost]).toEqual([stats.events, 0]);
    expect(first?.threads?.length).toBeGreaterThan(0);

    let second: Snapshot | undefined;
    const sink = { snapshot: (s: Snapshot) => void (second = s), event: () => {}, lost: () => {} };
    expect((await readCapture({ path: copy, sink })).events).toBe(stats.events);
    expect(second).toEqual(first);
    const content = readFileSync(copy);
    const written = eventBlocks(content[0] === 0x1f ? gunzipSync(content) : content);
    expect(written.equals(eventBlocks(gunzipSync(readFileSync(file))))).toBe(true);
    rmSync(copy);
  });
});
