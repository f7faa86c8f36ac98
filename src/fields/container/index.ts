import {
  type ArgSpec,
  eventField,
  type FieldOptions,
  fieldClass,
  type ThreadGetter,
  threadField,
  threadFieldWith,
} from '../../model/field.ts';
import type { Container, Mount } from '../../model/machine.ts';
import { containerOf, labelOf, labelsText } from '../containers.ts';
import { mountMatcher } from './mount-pattern.ts';

function text(summary: string, read: (container: Container) => string, options: FieldOptions = {}) {
  return threadField(
    'CHARBUF',
    summary,
    (thread, machine) => {
      const container = containerOf(thread, machine);
      return container === undefined ? null : read(container);
    },
    { ...options, ofContainer: true },
  );
}

/** What an engine does not say counts as false, but for no metadata at all there is no value. */
function flag(summary: string, read: (container: Container) => boolean | undefined) {
  const get: ThreadGetter<boolean> = (thread, machine) => {
    const container = containerOf(thread, machine);
    return container === undefined ? null : (read(container) ?? false);
  };
  return threadField('BOOL', summary, get, { ofContainer: true });
}

function mountText(mount: Mount): string {
  return [mount.source, mount.dest, mount.mode, String(mount.rdwr), mount.propagation].join(':');
}

const whichMount: ArgSpec = {
  kind: 'index-or-key',
  required: true,
  noBlank: true,
  summary: 'number of the mount, or a regular expression that is found in its path on the host',
};

function mountField(summary: string, read: (mount: Mount) => string, key: (mount: Mount) => string, arg = whichMount) {
  function bind(wanted: string | undefined): ThreadGetter<string> {
    const matches = mountMatcher(wanted ?? '');
    return (thread, machine) => {
      const mounts = containerOf(thread, machine)?.mounts;
      if (mounts === undefined) return null;
      const mount = typeof matches === 'number' ? mounts[matches] : mounts.find((item) => matches(key(item)));
      return mount === undefined ? null : read(mount);
    };
  }
  return threadFieldWith('CHARBUF', summary, arg, bind, { ofContainer: true });
}

function source(mount: Mount): string {
  return mount.source;
}

function dest(mount: Mount): string {
  return mount.dest;
}

const label: ArgSpec = { kind: 'key', required: true, noBlank: true, summary: 'name of a label' };

function neverSet(type: 'CHARBUF' | 'BOOL', summary: string) {
  return threadField(type, summary, () => null, { deprecated: true, possible: () => false });
}

const suggested: FieldOptions = { suggested: true };

/** Fields of the container that a process runs in, as its engine describes it. */
export default fieldClass({
  id: 'container',
  prefixes: ['container', 'proc'],
  summary: 'The container that the process runs in, as the container engine describes it.',
  sources: ['syscall'],
  fields: {
    'container.id': threadField(
      'CHARBUF',
      'First 12 characters of the id of the container; host outside of containers.',
      (thread) => thread.containerId,
      suggested,
    ),
    'container.full_id': text('Whole id of the container.', (container) => container.fullId),
    'container.name': text('Name of the container.', (container) => container.name, suggested),
    'container.image': text('Image of the container, with its tag.', (container) => container.image),
    'container.image.id': text('Id of the image.', (container) => container.imageId),
    'container.type': text(
      'Engine of the container: docker, podman, containerd, cri-o...',
      (container) => container.type,
    ),
    'container.privileged': flag('Whether the container is privileged.', (container) => container.privileged),
    'container.mounts': text('All mounts, as source:dest:mode:rdwr:propagation, separated by commas.', (container) =>
      container.mounts.map(mountText).join(','),
    ),
    'container.mount': mountField('One mount, as source:dest:mode:rdwr:propagation.', mountText, source),
    'container.mount.source': mountField('Path on the host of one mount.', source, dest, {
      ...whichMount,
      summary: 'number of the mount, or a regular expression that is found in its path in the container',
    }),
    'container.mount.dest': mountField('Path in the container of one mount.', dest, source),
    'container.mount.mode': mountField('Mode of one mount.', (mount) => mount.mode, source),
    'container.mount.rdwr': mountField('Whether one mount may be written to.', (mount) => String(mount.rdwr), source),
    'container.mount.propagation': mountField('Propagation of one mount.', (mount) => mount.propagation, source),
    'container.image.repository': text('Image without tag.', (container) => container.imageRepository, suggested),
    'container.image.tag': text('Tag of the image.', (container) => container.imageTag, suggested),
    'container.image.digest': text('Digest of the image in its registry.', (container) => container.imageDigest),
    'container.healthcheck': neverSet('CHARBUF', 'Never set.'),
    'container.liveness_probe': neverSet('CHARBUF', 'Never set.'),
    'container.readiness_probe': neverSet('CHARBUF', 'Never set.'),
    'container.start_ts': threadField(
      'ABSTIME',
      "Start of the first process of the container's pid namespace, in nanoseconds.",
      (thread) => (thread.pidnsInitStart === 0n ? null : thread.pidnsInitStart),
    ),
    'container.duration': eventField('RELTIME', 'Nanoseconds since container.start_ts.', (event) => {
      const start = event.thread?.pidnsInitStart ?? 0n;
      return start === 0n ? null : event.time - start;
    }),
    'container.ip': text('IPv4 address of the container.', (container) => container.ip),
    'container.cni.json': text('Result of the network plugin, as JSON.', (container) => container.cniJson),
    'container.host_pid': flag('Whether the container uses the pid namespace of the host.', (item) => item.hostPid),
    'container.host_network': flag(
      'Whether the container uses the network namespace of the host.',
      (item) => item.hostNetwork,
    ),
    'container.host_ipc': flag('Whether the container uses the IPC namespace of the host.', (item) => item.hostIpc),
    'container.label': threadFieldWith(
      'CHARBUF',
      'One label of the container.',
      label,
      (name) => (thread, machine) => labelOf(containerOf(thread, machine)?.labels ?? {}, name ?? ''),
      { ofContainer: true },
    ),
    'container.labels': text('All labels of the container, as name:value.', (container) =>
      labelsText(container.labels),
    ),
    'proc.is_container_healthcheck': neverSet('BOOL', 'Never set.'),
    'proc.is_container_liveness_probe': neverSet('BOOL', 'Never set.'),
    'proc.is_container_readiness_probe': neverSet('BOOL', 'Never set.'),
  },
});
