import { expect, it } from 'vitest';
import { podUidOfCgroup } from './kubernetes.ts';

const uid = '11111111-2222-3333-4444-555555555555';
const escaped = uid.replaceAll('-', '_');
const hash = '0123456789abcdef0123456789abcdef';
const id = 'c'.repeat(64);

it.each([
  [`/kubepods/besteffort/pod${uid}/${id}`, uid],
  [`/kubepods/pod${uid}/${id}`, uid],
  [`/kubepods/burstable/pod${uid}`, uid],
  [`/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${escaped}.slice/cri-containerd-${id}.scope`, uid],
  [`/kubepods.slice/kubepods-pod${escaped}.slice/crio-${id}.scope`, uid],
  [`/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod${escaped}.slice:cri-containerd:${id}`, uid],
  [`/docker/${id}/kubelet/kubepods/burstable/pod${uid}/${id}`, uid],
  [`/kubepods/burstable/pod${hash}/${id}`, hash],
  [`/kubepods.slice/kubepods-burstable-pod${hash}.slice/cri-containerd-${id}.scope`, hash],
  [`/pod-a/kubepods/pod${uid}/${id}`, uid],
  ['/', undefined],
  [`/libpod_parent/libpod-${id}`, undefined],
  [`/kubepods/pod${uid}0/${id}`, undefined],
  [`/kubepods/pod${id}/x`, undefined],
  [`/kubepods/xpod${uid}/${id}`, undefined],
  [`/docker/${id}`, undefined],
  [`/kubepods/${'pod'.repeat(5000)}`, undefined],
])('the pod of %s', (cgroup, wanted) => {
  expect(podUidOfCgroup(cgroup)).toBe(wanted);
});
