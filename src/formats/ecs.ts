import { priorities } from '../model/alert.ts';
import type { Notice } from '../model/notice.ts';
import { attackOf } from './attack.ts';
import { factsOf } from './facts.ts';
import { type FormatValue, formatJson } from './json.ts';

/** An alert in the Elastic Common Schema (https://www.elastic.co/docs/reference/ecs), one line of JSON. */
export function ecs(notice: Notice): string {
  const { process, parent, user, container, pod, file, client, server, protocol } = factsOf(notice);
  const { tactics, techniques } = attackOf(notice);
  const record: FormatValue = {
    '@timestamp': notice.timeText,
    message: notice.output,
    tags: notice.tags,
    ecs: { version: '8.17.0' },
    event: {
      id: notice.uuid,
      kind: 'alert',
      module: 'saker',
      dataset: `saker.${notice.source}`,
      // Higher is more severe there.
      severity: priorities.length - 1 - priorities.indexOf(notice.priority),
      provider: notice.source,
      reason: notice.output,
    },
    log: { level: notice.priority.toLowerCase() },
    rule: { name: notice.rule },
    host: { hostname: notice.hostname === '' ? undefined : notice.hostname },
    process: {
      pid: process.pid,
      name: process.name,
      executable: process.executable,
      command_line: process.commandLine,
      working_directory: process.directory,
      parent: { pid: parent.pid, name: parent.name, executable: parent.executable, command_line: parent.commandLine },
    },
    user: { name: user.name, id: user.uid },
    container: {
      id: container.id,
      name: container.name,
      runtime: container.runtime,
      image: {
        name: container.image,
        tag: container.tag === undefined ? undefined : [container.tag],
        hash: { all: container.digest === undefined ? undefined : [container.digest] },
      },
    },
    orchestrator: {
      type: pod.name === undefined ? undefined : 'kubernetes',
      namespace: pod.namespace,
      resource: { type: pod.name === undefined ? undefined : 'pod', name: pod.name, id: pod.uid },
    },
    file: { path: file },
    source: { ip: client.ip, port: client.port },
    destination: { ip: server.ip, port: server.port },
    network: { transport: protocol },
    threat: {
      framework: tactics.length + techniques.length > 0 ? 'MITRE ATT&CK' : undefined,
      tactic: { id: tactics.map(({ id }) => id), name: tactics.map(({ name }) => name) },
      technique: { id: techniques },
    },
    // Its type there is `flattened`: names with points stay names.
    saker: { output_fields: Object.fromEntries(notice.fields) },
  };
  return formatJson(record);
}
