import { constants } from 'node:os';
import { expect, it } from 'vitest';
import { capabilityText, errnoName, signalName } from './linux-names.ts';

it('names errors as the system does', () => {
  const aliases = new Set(['EWOULDBLOCK', 'ENOTSUP']);
  for (const [name, number] of Object.entries(constants.errno)) {
    if (!aliases.has(name)) expect(errnoName(number)).toBe(name);
  }
  expect(errnoName(-2)).toBe('ENOENT');
  expect(errnoName(125)).toBe('ECANCELED');
  expect(errnoName(512)).toBe('ERESTARTSYS');
  expect(errnoName(516)).toBe('ERESTART_RESTARTBLOCK');
  expect(errnoName(530)).toBe('EIOCBRETRY');
  expect([0, 41, 58, 200, -200].map(errnoName)).toEqual(['', '', '', '', '']);
});

it('names signals as the system does', () => {
  const aliases = new Set(['SIGIOT', 'SIGPOLL', 'SIGUNUSED']);
  for (const [name, number] of Object.entries(constants.signals)) {
    if (!aliases.has(name)) expect(signalName(number)).toBe(name);
  }
  expect([0, 32, 64].map(signalName)).toEqual(['', '', '']);
});

it.each([
  [0n, ''],
  [1n, 'CAP_CHOWN'],
  [(1n << 24n) | 1n, 'CAP_CHOWN CAP_SYS_RESOURCE'],
  [1n << 40n, 'CAP_CHECKPOINT_RESTORE'],
  [1n << 41n, ''],
])('capabilities %s: %s', (set, text) => {
  expect(capabilityText(set)).toBe(text);
});
