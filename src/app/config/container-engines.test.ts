import { describe, expect, it } from 'vitest';
import { usualContainers } from '../container-options.ts';
import { containerSettings } from './container-engines.ts';
import type { Config } from './keys.ts';

function settings(initConfig: unknown) {
  const plugins = [{ name: 'container', libraryPath: 'libcontainer.so', initConfig, openParams: '' }];
  return containerSettings({ plugins } as unknown as Config, '/host');
}

describe('containerSettings', () => {
  it('without a plugin, and with an empty one, all engines are asked at their usual sockets', () => {
    const usual = { options: { ...usualContainers, hostRoot: '/host' }, problems: [] };
    expect(containerSettings({ plugins: [] } as unknown as Config, '/host')).toEqual(usual);
    expect(settings('')).toEqual(usual);
  });

  it.each([
    ['a map, whose scalars are texts', (init: object) => JSON.parse(JSON.stringify(init), texts)],
    ['JSON in a text', (init: object) => JSON.stringify(init)],
  ])('reads %s', (_, form) => {
    const init = {
      label_max_len: 7,
      with_size: false,
      hooks: ['create', 'start'],
      engines: { docker: { enabled: false }, podman: { enabled: true, sockets: ['/a', '/b'] }, lxc: { enabled: true } },
    };
    expect(settings(form(init))).toEqual({
      options: {
        ...usualContainers,
        engines: [{ id: 'podman', sockets: ['/a', '/b'] }, { id: 'cri' }, { id: 'containerd' }],
        labelMaxLength: 7,
        hooks: ['create', 'start'],
        hostRoot: '/host',
      },
      problems: [],
    });
  });

  it('leaves out engines without anybody to ask, and takes another place for the host', () => {
    const engines = { lxc: { enabled: false }, bpm: { enabled: 'false' }, libvirt_lxc: { enabled: true } };
    const { options, problems } = settings({ engines, host_root: '/mnt' });
    expect(problems).toEqual([]);
    expect(options).toMatchObject({ without: new Set(['lxc', 'bpm']), hostRoot: '/mnt' });
  });

  it('a static container takes the place of all engines', () => {
    const fixed = { enabled: true, container_id: 'c', container_name: 'n', container_image: 'i:1' };
    const { options, problems } = settings({ engines: { static: fixed, docker: { enabled: true } } });
    expect(problems).toEqual([]);
    expect(options).toMatchObject({ engines: [], fixed: { id: 'c', name: 'n', image: 'i:1' } });
    expect(settings({ engines: { static: { ...fixed, enabled: false } } }).options).toMatchObject({ fixed: undefined });
  });

  it.each([
    ['{', 'init_config is a text that is no JSON'],
    [[], "'init_config' has to be a map of keys and values"],
    [{ engine: {} }, "unknown key 'engine'"],
    [{ engines: [] }, "'engines' has to be a map of keys and values"],
    [{ engines: { dcoker: {} } }, "unknown engine 'dcoker'"],
    [{ engines: { static: { enabled: true } } }, "'engines.static' needs 'container_id'"],
    [{ engines: { static: { id: 'x' } } }, "unknown key 'engines.static.id'"],
    [{ engines: { lxc: { enabled: 'x' } } }, "'engines.lxc.enabled' has to be true or false"],
    [{ host_root: 'x' }, "'host_root' has to be a path"],
    [{ engines: { docker: { enabled: 'maybe' } } }, "'engines.docker.enabled' has to be true or false"],
    [{ engines: { docker: { sockets: ['x'] } } }, "'engines.docker.sockets' has to be a list of paths"],
    [{ label_max_len: '-1' }, "'label_max_len' has to be an integer from 0 on"],
    [{ hooks: ['stop'] }, "'hooks' has to be a list of create and start"],
  ])('says what is wrong with %j', (init, problem) => {
    expect(settings(init)).toEqual({ options: { ...usualContainers, hostRoot: '/host' }, problems: [problem] });
  });
});

function texts(_: string, value: unknown): unknown {
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
}
