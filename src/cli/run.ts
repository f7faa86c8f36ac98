import { type KubernetesOptions, nodeNameOf } from '../app/kubernetes.ts';
import { type ContainerOptions, usualContainers } from '../app/container-options.ts';
import { command } from './command.ts';
import { giveUpRights, keptCapabilities, parseNice, rightsOptions } from './least-rights.ts';
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

/** @throws UsageError */
function cluster(
  values: { readonly kubernetes: string | undefined; readonly 'kubernetes-node': string | undefined },
  environment: KubernetesOptions['environment'],
): KubernetesOptions | undefined {
  const { kubernetes, 'kubernetes-node': node } = values;
  if (kubernetes === undefined) {
    if (node !== undefined)
      throw new UsageError('--kubernetes-node is for --kubernetes', 'e.g. saker run --kubernetes');
    return undefined;
  }
  const kubeconfig = kubernetes === '' ? (environment['KUBECONFIG'] ?? '') : kubernetes;
  return { kubeconfig, nodeName: node ?? nodeNameOf(environment), environment };
}

/** What --ptrace is to watch; undefined: it was not given. @throws UsageError */
function tracedTree(values: { readonly ptrace: boolean; readonly pid: string | undefined }, words: readonly string[]) {
  const { ptrace, pid } = values;
  if (!ptrace) {
    if (pid !== undefined) throw new UsageError('--pid is for --ptrace', 'e.g. saker run --ptrace --pid 4242');
    if (words.length === 0) return undefined;
    throw new UsageError(
      `unexpected '${words[0]}'`,
      'to read a capture file: saker replay FILE; to watch a command: saker run --ptrace -- COMMAND',
    );
  }
  if (pid === undefined) {
    if (words.length === 0)
      throw new UsageError('what is to be traced?', 'saker run --ptrace -- COMMAND, or saker run --ptrace --pid PID');
    const begun = (rules: number): string => `watching '${words[0]}' and all it starts with ${rules} rules`;
    return { source: { id: 'ptrace', config: { command: [...words] } }, begun, alertsTo: 'stderr' } as const;
  }
  if (words.length > 0) throw new UsageError('there is a command and --pid: which one is to be traced?');
  if (!/^[1-9][0-9]{0,8}$/.test(pid)) throw new UsageError(`--pid is '${pid}', expected the number of a process`);
  const begun = (rules: number): string =>
    `watching process ${pid} and its descendants with ${rules} rules; Ctrl-C ends`;
  return { source: { id: 'ptrace', config: { pid: Number(pid) } }, begun, alertsTo: 'stdout' } as const;
}

export default command({
  name: 'run',
  summary: 'Watch this machine and alert.',
  description:
    'Watches all processes of this machine, in containers and outside, and writes an alert for what the rules describe. ' +
    'Alerts go to standard output, one a line; messages and the summary to standard error. Ends with Ctrl-C. ' +
    'Needs root (or CAP_BPF, CAP_PERFMON, CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH) and a Linux kernel with BTF; gives up all other ' +
    'capabilities before it begins.\n\n' +
    'With --ptrace it watches one command, or one running process, and all that these start, without any rights: for places ' +
    "where eBPF is not allowed. The command keeps Saker's standard input and outputs, alerts go to standard error; Saker ends " +
    'when the command and all that it started have ended, with the exit code of the command (128 and the number of the signal ' +
    'that ended it). Ctrl-C and signals are for the command.',
  operands: '[-- COMMAND [ARGUMENT...]]',
  options: {
    ...watchOptions,
    ptrace: { about: 'Watch COMMAND, or the process of --pid, by ptrace instead of the whole machine by eBPF.' },
    pid: { value: 'PID', about: 'With --ptrace: attach to this process and all that descends from it.' },
    'no-container-engines': { about: 'Ask no container engine for names and images; alerts then have ids only.' },
    'container-socket': {
      value: 'ENGINE=PATH',
      repeat: true,
      about: 'Where to ask ENGINE (docker, podman, cri or containerd), instead of its usual sockets.',
    },
    'container-wait': {
      value: 'TIME',
      about: 'How long an alert waits for the name and image of its container (default 1s).',
    },
    kubernetes: {
      value: 'KUBECONFIG',
      optionalValue: true,
      about:
        "Ask the cluster's API server what pods belong to (fields k8smeta.*), signed in by this file; without it as $KUBECONFIG " +
        'says, else by the service account of the pod that Saker runs in.',
    },
    'kubernetes-node': {
      value: 'NAME',
      about: 'The name of this node in the cluster, so that only its pods are asked for (default: $NODE_NAME).',
    },
    ...rightsOptions,
    'all-events': {
      about:
        'Fetch all events from the kernel, also those of which no rule can tell. With --record or --capture it is so anyway.',
    },
    'data-calls': {
      about:
        'Watch also the system calls that move data or change memory (read, write, mmap, ...), where rules ask for them: these ' +
        'come more often than all others together. `saker list events` says which they are.',
    },
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
    {
      command: 'saker run --kubernetes=/root/.kube/config --kubernetes-node node-1',
      about: 'With what pods belong to',
    },
    { command: 'saker run --ptrace -o alerts.txt -- make -j8', about: 'Without rights: one command and all it starts' },
    { command: 'saker run --ptrace --pid 4242', about: 'Without rights: a process of your own that runs already' },
  ],
  run({ values, positionals }, io) {
    const traced = tracedTree(values, positionals);
    const begun = (rules: number): string => `watching this machine with ${rules} rules; Ctrl-C ends`;
    const wait = values['container-wait'];
    const waitMs = wait === undefined ? usualContainers.waitMs : 1000 * parseSeconds(wait, '--container-wait');
    const engines = engineSockets(values['container-socket']);
    const containers = values['no-container-engines'] ? undefined : { ...usualContainers, engines, waitMs };
    const kubernetes = cluster(values, io.environment);
    const syscalls = values['data-calls'] ? { customSet: [], repair: false, all: true } : undefined;
    if (traced !== undefined)
      return watch(values, traced.source, traced.begun, io, {
        containers,
        kubernetes,
        syscalls,
        listen: values.listen,
        alertsTo: traced.alertsTo,
      });
    const kept = keptCapabilities(values['keep-capability'], '--keep-capability', {
      ports: values.listen === undefined ? [] : [parseListen(values.listen).port],
      files: [values.record, values['output-file'], values.capture],
    });
    const rights = giveUpRights(io, kept, parseNice(values.nice, '--nice'));
    return watch(values, { id: 'ebpf', config: {} }, begun, io, {
      containers,
      kubernetes,
      syscalls,
      listen: values.listen,
      rights,
      filtersOpens: !values['all-events'],
    });
  },
});
