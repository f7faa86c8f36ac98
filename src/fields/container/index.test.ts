import { describe, expect, it } from 'vitest';
import { type Scenario, scenario } from '../../../test/kit/events.ts';
import { shownLike } from '../../../test/kit/fields.ts';
import { mountMatcher } from './mount-pattern.ts';

const fullId = `0123456789ab${'c'.repeat(52)}`;
const cgroups = [`cpu=/docker/${fullId}`];

function inContainer(): Scenario {
  return scenario({ threads: [{ tid: 100, cgroups, pidnsInitStart: 1_699_999_999_000_000_000n }] });
}

const metadata = {
  id: fullId.slice(0, 12),
  full_id: fullId,
  name: 'web',
  type: 0,
  image: 'nginx:1.27',
  imageid: 'abc',
  imagerepo: 'nginx',
  imagetag: '1.27',
  imagedigest: 'sha256:1',
  privileged: true,
  ip: '10.1.0.2',
  labels: { tier: 'front', app: 'shop', empty: '', 'io.kubernetes.x': 'y' },
  Mounts: [
    { Source: '/etc', Destination: '/host/etc', Mode: 'ro', RW: false, Propagation: 'rprivate' },
    { Source: '/var/run/docker.sock', Destination: '/run/d.sock', Mode: '', RW: true, Propagation: '' },
  ],
};

describe('fields of containers', () => {
  it('shows what the engine said', () => {
    const expected = {
      'container.id': '0123456789ab',
      'container.full_id': fullId,
      'container.name': 'web',
      'container.type': 'docker',
      'container.image': 'nginx:1.27',
      'container.image.id': 'abc',
      'container.image.repository': 'nginx',
      'container.image.tag': '1.27',
      'container.image.digest': 'sha256:1',
      'container.privileged': true,
      'container.ip': '10.1.0.2',
      'container.host_pid': false,
      'container.label[app]': 'shop',
      'container.label[tier]': 'front',
      'container.label[none]': null,
      'container.labels': 'app:shop, empty, tier:front',
      'container.mounts': '/etc:/host/etc:ro:false:rprivate,/var/run/docker.sock:/run/d.sock::true:',
      'container.mount[1]': '/var/run/docker.sock:/run/d.sock::true:',
      'container.mount[2]': null,
      'container.mount[4294967297]': '/var/run/docker.sock:/run/d.sock::true:',
      'container.mount[01]': null,
      'container.mount[18446744073709551615]': null,
      'container.mount.dest[/etc]': '/host/etc',
      'container.mount.dest[docker.sock$]': '/run/d.sock',
      'container.mount.source[/host/]': '/etc',
      'container.mount.rdwr[/etc]': 'false',
      'container.mount.mode[0]': 'ro',
      'container.mount.propagation[0]': 'rprivate',
      'container.start_ts': 1_699_999_999_000_000_000n,
      'container.duration': 1_001_000_000n,
      'container.healthcheck': null,
      'proc.is_container_healthcheck': null,
    };
    expect(shownLike(inContainer().container(metadata).openat('/a'), expected)).toEqual(expected);
  });

  it('knows a container before the engine says anything by its id alone', () => {
    const expected = { 'container.id': '0123456789ab', 'container.name': null, 'container.privileged': null };
    expect(shownLike(inContainer().openat('/a'), expected)).toEqual(expected);
  });

  it('shows the container that an event of an engine is about', () => {
    const expected = { 'container.id': '0123456789ab', 'container.name': 'web', 'proc.name': null, 'thread.tid': 0 };
    expect(shownLike(scenario().container(metadata), expected)).toEqual(expected);
    expect(shownLike(scenario().container(metadata).container(metadata, { removed: true }), expected)).toEqual(
      expected,
    );
  });

  it('shows the host as a container of that name', () => {
    const expected = {
      'container.id': 'host',
      'container.full_id': 'host',
      'container.name': 'host',
      'container.type': 'host',
      'container.image.repository': '',
      'container.privileged': false,
      'container.labels': '',
      'container.start_ts': null,
      'container.duration': null,
    };
    expect(shownLike(scenario().openat('/a'), expected)).toEqual(expected);
  });
});

describe('patterns for mounts', () => {
  it.each([
    ['/etc', '/etc', true],
    ['/etc', '/mnt/etc/ssl', true],
    ['/etc', '/opt', false],
    ['/', '/etc', true],
    ['/proc*', '/product', true],
    ['^/proc$', '/proc/sys', false],
    ['/var/.*\\.sock', '/host/var/run/docker.sock', true],
    ['*', '', true],
    ['*.sock', '/run/a.sock', true],
    ['*.sock', '/run/a.socks', false],
    ['*a?c', '/abc', true],
    ['*/a*b*c', '/a__b__d', false],
  ])('%s on %s: %s', (pattern, path, matches) => {
    expect((mountMatcher(pattern) as (path: string) => boolean)(path)).toBe(matches);
  });

  it.each([`${'*a'.repeat(1000)}b`, `${'a*'.repeat(500)}b`])('long patterns take reasonable time', (pattern) => {
    const matches = mountMatcher(pattern) as (path: string) => boolean;
    expect(matches('a'.repeat(4000))).toBe(false);
  });
});
