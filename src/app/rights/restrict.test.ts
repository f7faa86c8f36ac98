import { expect, test } from 'vitest';
import { capabilitiesOf, capabilityMask, capabilityOf } from './capabilities.ts';
import { comeFirst, missingCapabilities, restrictRights, type RightsHost } from './restrict.ts';

interface Done {
  readonly host: RightsHost;
  readonly calls: string[];
}

function host(permitted: string, bounding: string, noNewPrivs: number, more: Partial<RightsHost> = {}): Done {
  const calls: string[] = [];
  return {
    calls,
    host: {
      status: () =>
        `Name:\tnode\nCapPrm:\t${permitted}\nCapEff:\t${permitted}\nCapBnd:\t${bounding}\nNoNewPrivs:\t${noNewPrivs}\n`,
      restrict: (low, high) => void calls.push(`restrict ${high.toString(16)} ${low.toString(16)}`),
      restart: ([name, value]) => void calls.push(`restart ${name}=${value}`),
      nice: () => 0,
      setNice: (nice) => void calls.push(`nice ${nice}`),
      environment: {},
      ...more,
    },
  };
}

const all = '000001ffffffffff';
/** BPF, PERFMON, SYS_RESOURCE, SYS_PTRACE, DAC_READ_SEARCH. */
const needed = '000000c001080004';

test('root gives up what is not needed, and begins anew', () => {
  const { host: root, calls } = host(all, all, 0);
  restrictRights(root, []);
  expect(calls).toEqual(['restrict c0 1080004', 'restart SAKER_RIGHTS=restricted']);
});

test('what comes before others keeps the right to, where it has no SYS_RESOURCE for that', () => {
  const bounded = '000001fffeffffff';
  const { host: first, calls } = host(bounded, bounded, 0, { nice: () => -10 });
  restrictRights(first, []);
  expect(calls[0]).toBe('restrict c0 1880004');
  const { host: equal, calls: others } = host(bounded, bounded, 0);
  restrictRights(equal, []);
  expect(others[0]).toBe('restrict c0 1080004');
});

test('more can be kept', () => {
  const { host: root, calls } = host(all, all, 0);
  restrictRights(root, ['NET_BIND_SERVICE']);
  expect(calls[0]).toBe('restrict c0 1080404');
});

test('once, whatever came of it', () => {
  const environment: Record<string, string | undefined> = { SAKER_RIGHTS: 'restricted' };
  const { host: again, calls } = host(all, all, 0, { environment });
  expect(restrictRights(again, [])).toEqual({ kind: 'restricted' });
  expect(calls).toEqual([]);
  // The programs that Saker starts don't see it.
  expect(environment).toEqual({});
});

test.each([
  ['nothing to give up', needed, needed, 1, false],
  ['less than is needed', '0', '0', 1, false],
  ['a larger bounding set', needed, all, 1, true],
  ['new rights are possible', needed, needed, 0, true],
])('%s', (_, permitted, bounding, noNewPrivs, isRestarted) => {
  const { host: given, calls } = host(permitted, bounding, noNewPrivs);
  restrictRights(given, []);
  expect(calls.length > 0).toBe(isRestarted);
});

test('what can not be given up is kept, and it is said why', () => {
  const { host: refused, calls } = host(all, all, 0, {
    restrict: () => {
      throw new Error('operation not permitted');
    },
  });
  expect(restrictRights(refused, [])).toEqual({ kind: 'kept', reason: 'operation not permitted' });
  expect(calls).toEqual([]);
});

test('what is missing is named, with what it is for', () => {
  const search: unknown = expect.stringMatching(/^CAP_DAC_READ_SEARCH \(.+\)$/);
  const resource: unknown = expect.stringMatching(/^CAP_SYS_RESOURCE \(.+\)$/);
  expect(missingCapabilities(`CapEff:\t${all}\n`, '5.10.0')).toEqual([]);
  expect(missingCapabilities('CapEff:\t000000c000080000\n', '5.10.0-8-amd64')).toEqual([search, resource]);
  expect(missingCapabilities('CapEff:\t000000c000080000\n', '6.1.0')).toEqual([search]);
});

test.each([
  ['CAP_NET_ADMIN', 'NET_ADMIN'],
  ['cap_bpf', 'BPF'],
  ['perfmon', 'PERFMON'],
  ['CAP_', undefined],
  ['root', undefined],
])('the capability %s', (text, name) => {
  expect(capabilityOf(text)).toBe(name);
});

test('sets', () => {
  expect(capabilityMask(['CHOWN', 'BPF'])).toEqual({ low: 1, high: 0x80 });
  expect(capabilitiesOf('0000008000000001')).toEqual(['CHOWN', 'BPF']);
});

test.each([
  ['root', all, 0, -10, ['nice -10']],
  ['has it already', all, -10, -10, []],
  ['is ahead', all, -15, -10, []],
  ['shall stay where it is', all, 0, 0, []],
  ['may not', needed, 0, -10, []],
] as const)('priority: %s', (_, permitted, now, wanted, expected) => {
  const { host: one, calls } = host(permitted, all, 0, { nice: () => now });
  comeFirst(one, wanted);
  expect(calls).toEqual(expected);
});
