import type { Capability } from '../app/rights/capabilities.ts';
import { type ContainerOptions, usualContainers } from '../app/live-containers.ts';
import { command } from './command.ts';
import { giveUpRights, keptCapabilities, rightsOptions } from './least-rights.ts';
import { parseListen } from './listen.ts';
import { parseSeconds, UsageError } from './options.ts';
import { watch, watchOptions } from './watch.ts';

/** All engines, with those of the sockets that are theirs. @throws UsageError */
function engineSockets(given: readonly string[]): ContainerOptions['engines'] {
  const pairs = given.map((text) => {
    const [, word = '', socket = ''] = /^([a-z]+)=(\/.*)$/s.exec(text) ?? [];
    const id = usualContainers.engines.find((engine) => engine.id === word)?.id;
    if (id !== undefined) return { id, socket };
    throw new UsageError(
      `--container-socket is '${text}', expected an engine and a path`,
      'e.g. docker=/run/docker.sock',
    );
  });
  return usualContainers.engines.map((engine) => {
    const sockets = pairs.filter(({ id }) => id === engine.id).map(({ socket }) => socket);
    return sockets.length === 0 ? engine : { ...engine, sockets };
  });
}

/** Capabilities to keep; ports below 1024 are for those that have one more. @throws UsageError */
function keptRights(names: readonly string[], listen: string | undefined): Capability[] | undefined {
  const kept = keptCapabilities(names, '--keep-capability');
  const isLowPort = listen !== undefined && parseListen(listen).port < 1024;
  return kept !== undefined && isLowPort ? [...kept, 'NET_BIND_SERVICE'] : kept;
}

export default command({
  name: 'run',
  summary: 'Watch this machine and alert.',
  description:
    'Watches all processes of this machine, in containers and outside, and writes an alert for what the rules describe. ' +
    'Alerts go to standard output, one a line; messages and the summary to standard error. Ends with Ctrl-C. ' +
    'Needs root (or CAP_BPF, CAP_PERFMON, CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH) and a Linux kernel with BTF; gives up all other ' +
    'capabilities before it begins.',
  options: {
    ...watchOptions,
    'no-container-engines': { about: 'Ask no container engine for names and images; alerts then have ids only.' },
    'container-socket': {
      value: 'ENGINE=PATH',
      repeat: true,
      about: 'Where to ask ENGINE (docker, podman, cri or containerd), instead of its usual sockets.',
    },
    'container-wait': {
      value: 'TIME',
      about: 'How long an alert waits for the name and image of its container (default 0.3s).',
    },
    ...rightsOptions,
    listen: {
      value: 'ADDRESS:PORT',
      about: 'Serve health (/healthz), /versions and metrics (/metrics) by HTTP to whoever reaches this address.',
    },
  },
  examples: [
    { command: 'saker run', about: 'Watch with the rules that come with Saker' },
    { command: 'saker run --json --priority warning | my-program', about: 'Feed what matters to a program' },
    { command: 'saker run -r falco_rules.yaml -r my_rules.yaml', about: 'Other rules, one file changing the other' },
    { command: 'saker run --record incident.scap --duration 5m', about: 'Keep the events for later, too' },
  ],
  run({ values, positionals }, io) {
    if (positionals.length > 0) {
      throw new UsageError(`unexpected '${positionals[0]}'`, 'to read a capture file: saker replay FILE');
    }
    const begun = (rules: number): string => `watching this machine with ${rules} rules; Ctrl-C ends`;
    const wait = values['container-wait'];
    const waitMs = wait === undefined ? usualContainers.waitMs : 1000 * parseSeconds(wait, '--container-wait');
    const engines = engineSockets(values['container-socket']);
    const containers = values['no-container-engines'] ? undefined : { ...usualContainers, engines, waitMs };
    const rights = giveUpRights(io, keptRights(values['keep-capability'], values.listen));
    return watch(values, { id: 'ebpf', config: {} }, begun, io, { containers, listen: values.listen, rights });
  },
});
