import { describe, expect, test } from 'vitest';
import { missing } from '../kit/requirements.ts';
import { captures, disagreements, expectedAlerts, modes, ourAlerts } from './alerts-replay.ts';

/** Too many events for the reference, which judges every rule anew for each. */
const large = new Set(['big', 'spawnstorm', 'filechurn', 'net']);

describe.skipIf(missing('shared'))('rules match the events that they match upstream', () => {
  for (const capture of captures()) {
    test.each(modes)(`${capture} %s`, async (mode) => {
      expect(await ourAlerts(capture, mode)).toEqual(expectedAlerts(capture, mode));
    });
  }
});

describe.skipIf(missing('shared'))('Evaluator agrees with the reference on every event', () => {
  test.each(captures().filter((capture) => !large.has(capture)))('%s', async (capture) => {
    expect(await disagreements(capture)).toEqual([]);
  });
});
