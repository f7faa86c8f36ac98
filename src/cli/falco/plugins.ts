import { type Json, toPrettyJson } from '../../base/json.ts';
import { kubernetesPlugin } from '../../app/config/kubernetes-metadata.ts';
import { builtInPlugins } from '../../engine/loader/version.ts';
import { type FalcoContext, FalcoError } from './context.ts';

const containerName = 'container';

function closed(properties: { readonly [key: string]: Json }): Json {
  return { type: 'object', additionalProperties: false, properties };
}

/** The keys of the container plugin's init_config. */
function containerSchema(): Json {
  const bool: Json = { type: 'boolean' };
  const text: Json = { type: 'string' };
  const enabled = closed({ enabled: bool });
  const served = closed({ enabled: bool, sockets: { type: 'array', items: text } });
  return {
    $schema: 'http://json-schema.org/draft-06/schema#',
    ...(closed({
      label_max_len: { type: 'integer', minimum: 0, default: 100 },
      with_size: { type: 'boolean', default: false },
      hooks: { type: 'array', items: { type: 'string', enum: ['create', 'start'] } },
      log_level: { type: 'string', enum: ['trace', 'debug', 'info', 'warn', 'error'] },
      host_root: text,
      engines: closed({
        docker: served,
        podman: served,
        containerd: served,
        cri: served,
        lxc: enabled,
        libvirt_lxc: enabled,
        bpm: enabled,
        static: closed({ enabled: bool, container_id: text, container_name: text, container_image: text }),
      }),
    }) as object),
  };
}

/** The keys of the k8smeta plugin's init_config, and `kubeconfig`, which is Saker's. */
function kubernetesSchema(): Json {
  const text: Json = { type: 'string' };
  const properties = {
    collectorHostname: text,
    collectorPort: { type: 'integer' },
    nodeName: text,
    verbosity: text,
    caPEMBundle: text,
    hostProc: text,
    kubeconfig: text,
  };
  return { $schema: 'http://json-schema.org/draft-06/schema#', ...(closed(properties) as object) };
}

/** What stands for a plugin. */
interface BuiltIn {
  readonly description: string;
  readonly schema: () => Json;
}

const builtIns: ReadonlyMap<string, BuiltIn> = new Map([
  [containerName, { description: 'Which container, image and pod an event belongs to', schema: containerSchema }],
  [
    kubernetesPlugin,
    { description: "What the pod of an event belongs to, by the cluster's API server", schema: kubernetesSchema },
  ],
]);

function builtInText(name: string, { description }: BuiltIn): string {
  const { version } = builtInPlugins.find((plugin) => plugin.name === name)!;
  return (
    `Name: ${name}\n` +
    `Description: ${description}; built into Saker\n` +
    'Contact: see the README of Saker\n' +
    `Version: ${version}\n` +
    'Capabilities:\n  - Field Extraction\n  - Event Parsing\n  - Async Events\n'
  );
}

interface Shown {
  readonly name: string;
  readonly text: string;
}

/** The plugins that the configuration loads; what the container plugin does is always there. */
function configured({ config }: FalcoContext): Shown[] {
  const wanted = config.load_plugins;
  const others = config.plugins.filter(({ name }) => name !== containerName && (wanted?.includes(name) ?? true));
  return [
    { name: containerName, text: builtInText(containerName, builtIns.get(containerName)!) },
    ...others.map(({ name, libraryPath }) => ({
      name,
      text: builtIns.has(name)
        ? builtInText(name, builtIns.get(name)!)
        : `Name: ${name}\nLibrary: ${libraryPath}\nNot loaded: Saker has no means to run plugins yet\n`,
    })),
  ];
}

/** --list-plugins. */
export function listPlugins(context: FalcoContext): number {
  const plugins = configured(context);
  context.io.out(`${plugins.length} Plugins Loaded:\n\n${plugins.map(({ text }) => `${text}\n`).join('')}`);
  return 0;
}

/** --plugin-info. @throws FalcoError */
export function printPlugin(context: FalcoContext, wanted: string): number {
  const { config, io } = context;
  const name = config.plugins.find(({ libraryPath }) => libraryPath === wanted)?.name ?? wanted;
  const builtIn = builtIns.get(name);
  if (builtIn !== undefined) {
    io.out(
      `${builtInText(name, builtIn)}\nInit config schema type: JSON\n${toPrettyJson(builtIn.schema())}\n\n` +
        'No suggested open params: the plugin is no source of events\n',
    );
    return 0;
  }
  const known = config.plugins.some((one) => one.name === wanted || one.libraryPath === wanted);
  throw new FalcoError(
    known
      ? `plugin '${wanted}' can't be asked: Saker has no means to run plugins yet`
      : `there is no plugin '${wanted}' in the configuration`,
  );
}
