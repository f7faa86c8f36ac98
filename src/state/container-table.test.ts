import { describe, expect, test } from 'vitest';
import { ContainerTable, readContainer } from './container-table.ts';

describe('readContainer', () => {
  test('reads what an engine says, text as bytes', () => {
    const info = {
      type: 6,
      id: 'abc',
      full_id: 'abcdef',
      name: 'app',
      image: 'r/busybox:1',
      imageid: '1',
      imagerepo: 'r/busybox',
      imagetag: '1',
      imagedigest: 'sha256:0',
      privileged: true,
      Mounts: [{ Source: '/a', Destination: '/b', Mode: 'ro', RW: false, Propagation: 'rprivate' }],
      labels: { b: 'ü', a: '1' },
      is_pod_sandbox: false,
      pod_sandbox_id: 'f00',
      pod_sandbox_labels: null,
      host_network: true,
    };
    expect(readContainer(Buffer.from(JSON.stringify({ container: info })).latin1Slice())).toMatchObject({
      id: 'abc',
      fullId: 'abcdef',
      type: 'cri',
      imageRepository: 'r/busybox',
      privileged: true,
      mounts: [{ source: '/a', dest: '/b', mode: 'ro', rdwr: false, propagation: 'rprivate' }],
      labels: { a: '1', b: '\xc3\xbc' },
      podSandboxLabels: {},
      hostNetwork: true,
      hostPid: undefined,
    });
  });

  test.each(['', '{', '7', 'null', '[]', '{"container":7}', '{"container":{}}', '{"container":{"id":7}}'])(
    'refuses %j',
    (json) => {
      expect(readContainer(json)).toBeUndefined();
    },
  );

  test('survives values of the wrong kind', () => {
    const odd = '{"container":{"id":"x","labels":[1],"Mounts":{"a":1},"type":"docker","name":7,"privileged":"yes"}}';
    expect(readContainer(odd)).toMatchObject({
      id: 'x',
      labels: {},
      mounts: [],
      type: '',
      name: '',
      privileged: undefined,
    });
    const proto = readContainer('{"container":{"id":"x","labels":{"__proto__":"v","constructor":"c"}}}');
    expect(Object.entries(proto!.labels)).toContainEqual(['constructor', 'c']);
  });
});

describe('ContainerTable', () => {
  test('lets the oldest go', () => {
    const table = new ContainerTable(2);
    for (const id of ['a', 'b', 'a', 'c']) table.set(readContainer(`{"container":{"id":"${id}"}}`)!);
    expect(['a', 'b', 'c', 'host'].map((id) => table.get(id)?.id)).toEqual(['a', undefined, 'c', 'host']);
    expect(table).toMatchObject({ size: 2, evicted: 1 });
  });
});
