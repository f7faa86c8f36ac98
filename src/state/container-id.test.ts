import { describe, expect, test } from 'vitest';
import { containerIdOf, containerIdOfCgroup, unaskedEngineOf } from './container-id.ts';

const id = '0123456789abcdef'.repeat(4);
const short = '0123456789ab';

describe('containerIdOfCgroup', () => {
  test.each([
    [`/docker/${id}`, short],
    [`/system.slice/docker-${id}.scope`, short],
    [`/libpod_parent/libpod-${id}`, short],
    [`/machine.slice/libpod-${id}.scope`, short],
    [`/machine.slice/libpod-${id}.scope/container`, short],
    [`/user.slice/libpod-payload-${id}`, short],
    [`/kubepods/besteffort/pod1-2/${id}`, short],
    [`/kubepods.slice/kubepods-pod1.slice/cri-containerd-${id}.scope`, short],
    [`/kubepods.slice/crio-${id}.scope`, short],
    [`/kubepods/crio-${id}`, short],
    [`/system.slice/containerd.service/kubepods-pod1.slice:cri-containerd:${id}`, short],
    [`/system.slice/nerdctl-${id}.scope`, short],
    [`/default/${id}`, short],
    ['/default/mytask', 'mytask'],
    ['/libpod_parent/conmon', 'conmon'],
    ['/hostsession/2b4d26353ede3fbf8c044238727128f2', '2b4d26353ede'],
    ['/system.slice/ssh.service', undefined],
    ['/user.slice/user-0.slice', undefined],
    ['/user.slice/session-1.scope', undefined],
    ['/lxc/box', 'box'],
    ['/lxc/box/system.slice/ssh.service', 'box'],
    ['/lxc.payload/box/init.scope', 'box'],
    ['/lxc.payload.box/init.scope', 'box'],
    ['/box.libvirt-lxc', 'box'],
    // containerd's form comes first, as upstream has it
    ['/machine/box.libvirt-lxc', 'box.libvirt-'],
    ['/machine.slice/machine-lxc\\x2d1\\x2dbox.scope/libvirt', 'machine-lxc\\'],
    ['/a/b/machine-lxc\\x2d1\\x2dbox.scope/libvirt', 'b/machine-lx'],
    ['/-/machine-lxc\\x2d1\\x2dbox.scope/libvirt', '1\\x2dbox'],
    ['/machine.slice/machine-lxc\\x2d1\\x2dbox.scope', '1\\x2dbox'],
    ['/x/libvirt/lxc/box', 'libvirt/lxc/'],
    ['/libvirt/lxc/box', 'lxc/box'],
    ['/system.slice/bpm-job.scope', 'job'],
    ['/system.slice/runc-bpm-job.name_1.scope', 'job.name_1'],
    ['/system.slice/bpm-a b.scope', undefined],
    // as the engines of one machine had them
    [`/${id}`, short],
    [`/kubepods/besteffort/pod11111111-2222-3333-4444-555555555555/${id}`, short],
    [`/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1_2.slice/cri-containerd-${id}.scope`, short],
    ['/', undefined],
    ['', undefined],
    ['/init.scope', undefined],
    [`/docker/${id}0`, undefined],
    [`/docker/${'g'.repeat(64)}`, 'gggggggggggg'],
  ])('%s: %s', (cgroup, wanted) => {
    expect(containerIdOfCgroup(cgroup)).toBe(wanted);
  });

  test('leaves out engines that are not wanted, and may have one container for all', () => {
    expect(containerIdOf(['cpu=/lxc.payload.box'], { without: new Set(['lxc']) })).toBe('host');
    expect(containerIdOf(['cpu=/lxc.payload.box'], { without: new Set(['bpm']) })).toBe('box');
    expect(containerIdOf([`cpu=/docker/${id}`], { fixedId: 'all' })).toBe('all');
    expect(containerIdOf([], { fixedId: 'all' })).toBe('all');
  });

  test.each([
    ['cpu=/lxc.payload.box/init.scope', 'lxc'],
    ['cpu=/box.libvirt-lxc', 'libvirt_lxc'],
    ['cpu=/system.slice/bpm-job.scope', 'bpm'],
    [`cpu=/docker/${id}`, undefined],
    ['cpu=/', undefined],
  ])('the engine of %s, where nobody can be asked: %s', (cgroup, wanted) => {
    expect(unaskedEngineOf(['memory=/', cgroup])).toBe(wanted);
  });

  test('takes the first cgroup that tells', () => {
    expect(containerIdOf(['cpu=/', `memory=/docker/${id}`])).toBe(short);
    expect(containerIdOf(['cpu=/', 'memory=/'])).toBe('host');
    expect(containerIdOf([])).toBe('host');
  });
});
