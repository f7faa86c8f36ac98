import { describe, expect, test } from 'vitest';
import { containerIdOf, containerIdOfCgroup } from './container-id.ts';

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
    ['/machine.slice/machine-lxc\\x2d1\\x2dbox.scope', '1\\x2dbox'],
    ['/system.slice/bpm-job.scope', 'job'],
    ['/', undefined],
    ['', undefined],
    ['/init.scope', undefined],
    [`/docker/${id}0`, undefined],
    [`/docker/${'g'.repeat(64)}`, 'gggggggggggg'],
  ])('%s: %s', (cgroup, wanted) => {
    expect(containerIdOfCgroup(cgroup)).toBe(wanted);
  });

  test('takes the first cgroup that tells', () => {
    expect(containerIdOf(['cpu=/', `memory=/docker/${id}`])).toBe(short);
    expect(containerIdOf(['cpu=/', 'memory=/'])).toBe('host');
    expect(containerIdOf([])).toBe('host');
  });
});
