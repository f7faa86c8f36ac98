import type { Priority } from '../model/alert.ts';
import type { Notice } from '../model/notice.ts';
import { attackOf } from './attack.ts';
import { type Facts, factsOf } from './facts.ts';
import { type FormatValue, formatJson } from './json.ts';

/** Severities of OCSF by priority: https://schema.ocsf.io/1.5.0/classes/detection_finding, severity_id. */
export const ocsfSeverity: Readonly<Record<Priority, readonly [id: number, name: string]>> = {
  Emergency: [6, 'Fatal'],
  Alert: [5, 'Critical'],
  Critical: [5, 'Critical'],
  Error: [4, 'High'],
  Warning: [3, 'Medium'],
  Notice: [2, 'Low'],
  Informational: [1, 'Informational'],
  Debug: [1, 'Informational'],
};

/** An alert as a Detection Finding of OCSF 1.5 (class 2004), one line of JSON. */
export function ocsf(notice: Notice, version: string): string {
  const { tactics, techniques } = attackOf(notice);
  const [severity_id, severity] = ocsfSeverity[notice.priority];
  const time = notice.time / 1_000_000n;
  const record: FormatValue = {
    activity_id: 1,
    activity_name: 'Create',
    category_uid: 2,
    category_name: 'Findings',
    class_uid: 2004,
    class_name: 'Detection Finding',
    type_uid: 200_401,
    type_name: 'Detection Finding: Create',
    time,
    severity_id,
    severity,
    status_id: 1,
    status: 'New',
    is_alert: true,
    message: notice.output,
    metadata: {
      version: '1.5.0',
      uid: notice.uuid,
      log_name: notice.source,
      labels: notice.tags,
      product: { name: 'Saker', vendor_name: 'Saker', version },
      profiles: ['container', 'host', 'security_control'],
    },
    finding_info: {
      uid: notice.uuid,
      title: notice.rule,
      desc: notice.output,
      created_time: time,
      analytic: { name: notice.rule, type_id: 1, type: 'Rule' },
      attacks: [
        ...tactics.map(({ id, name }) => ({ tactic: { uid: id, name } })),
        ...techniques.map((uid) => ({ technique: { uid } })),
      ],
    },
    device: { hostname: notice.hostname === '' ? 'unknown' : notice.hostname, type_id: 1, type: 'Server' },
    evidences: [evidenceOf(factsOf(notice))],
    unmapped: Object.fromEntries(notice.fields),
  };
  return formatJson(record);
}

function evidenceOf({ process, parent, user, container, pod, file, client, server }: Facts): FormatValue {
  return {
    process: {
      pid: process.pid,
      name: process.name,
      cmd_line: process.commandLine,
      working_directory: process.directory,
      file: processFile(process.executable),
      user: { name: user.name, uid: user.uid },
      parent_process: {
        pid: parent.pid,
        name: parent.name,
        cmd_line: parent.commandLine,
        file: processFile(parent.executable),
      },
    },
    file: processFile(file),
    src_endpoint: { ip: client.ip, port: client.port },
    dst_endpoint: { ip: server.ip, port: server.port },
    container: {
      uid: container.id,
      name: container.name,
      runtime: container.runtime,
      image: { name: container.image, tag: container.tag, uid: container.digest },
      pod_uuid: pod.uid,
    },
  };
}

function processFile(path: string | undefined): FormatValue {
  if (path === undefined) return undefined;
  return { path, name: path.slice(path.lastIndexOf('/') + 1), type_id: 1 };
}
