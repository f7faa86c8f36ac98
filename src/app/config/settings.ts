import { hostname as machineName } from 'node:os';
import { encodeBytes } from '../../base/utf8.ts';
import { type Priority, priorities } from '../../model/alert.ts';
import type { AlertOptions } from '../../pipeline/alerts.ts';
import { defaultCapacity } from '../../pipeline/alerts-queue.ts';
import type { AppendOutput } from '../../pipeline/alerts-append.ts';
import type { Config } from './keys.ts';

/** The name that alerts carry: FALCO_HOSTNAME where it is set, else the machine's. */
export function alertHostname(environment: Readonly<Record<string, string | undefined>>): string {
  return environment['FALCO_HOSTNAME'] ?? machineName();
}

/** How a configuration wants its alerts. @param print a text that the command line appends to every output. */
export function alertOptions(config: Config, hostname: string, print?: string): AlertOptions {
  return {
    hostname,
    jsonOutput: config.json_output,
    includeOutput: config.json_include_output_property,
    includeMessage: config.json_include_message_property,
    includeOutputFields: config.json_include_output_fields_property,
    includeTags: config.json_include_tags_property,
    isoTime: config.time_format_iso_8601,
    base64: config.buffer_format_base64,
    appendOutput: print === undefined ? config.append_output : [...config.append_output, appendText(print)],
  };
}

/** An addition of text to every output. */
export function appendText(text: string): AppendOutput {
  const everywhere = { source: undefined, rule: undefined, tags: [], extraFields: [], suggestedOutput: false };
  return { ...everywhere, extraOutput: encodeBytes(text) };
}

/** The priority of a word of the configuration (`info` is short for informational). */
export function priorityOf(word: Config['priority']): Priority {
  const full = word === 'info' ? 'informational' : word;
  return priorities.find((priority) => priority.toLowerCase() === full)!;
}

/** Most alerts that wait for outputs; the configuration's 0 leaves it to Saker, which has a bound all the same. */
export function queueCapacity(config: Config): number {
  return config['outputs_queue.capacity'] === 0 ? defaultCapacity : config['outputs_queue.capacity'];
}

export { defaultCapacity };
export type { AlertOptions, Config };

/** The settings of the output http. */
export function httpOutput(config: Config) {
  return {
    url: config['http_output.url'],
    json: config.json_output,
    userAgent: config['http_output.user_agent'],
    insecure: config['http_output.insecure'],
    caCert: config['http_output.ca_cert'],
    caBundle: config['http_output.ca_bundle'],
    caPath: config['http_output.ca_path'],
    mtls: config['http_output.mtls'],
    clientCert: config['http_output.client_cert'],
    clientKey: config['http_output.client_key'],
    echo: config['http_output.echo'],
    compressUploads: config['http_output.compress_uploads'],
    keepAlive: config['http_output.keep_alive'],
    maxConsecutiveTimeouts: config['http_output.max_consecutive_timeouts'],
  };
}
