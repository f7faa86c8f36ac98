import { type Json, toPrettyJson } from '../../base/json.ts';
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

function containerText(): string {
  const { version } = builtInPlugins.find(({ name }) => name === containerName)!;
  return (
    `Name: ${containerName}\n` +
    'Description: Which container, image and pod an event belongs to; built into Saker\n' +
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
    { name: containerName, text: containerText() },
    ...others.map(({ name, libraryPath }) => ({
      name,
      text: `Name: ${name}\nLibrary: ${libraryPath}\nNot loaded: Saker has no means to run plugins yet\n`,
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
  const isContainer =
    wanted === containerName || config.plugins.some((one) => one.name === containerName && one.libraryPath === wanted);
  if (isContainer) {
    io.out(
      `${containerText()}\nInit config schema type: JSON\n${toPrettyJson(containerSchema())}\n\n` +
        'No suggested open params: the plugin is no source of events\n',
    );
    return 0;
  }
  const known = config.plugins.some(({ name, libraryPath }) => name === wanted || libraryPath === wanted);
  throw new FalcoError(
    known
      ? `plugin '${wanted}' can't be asked: Saker has no means to run plugins yet`
      : `there is no plugin '${wanted}' in the configuration`,
  );
}
