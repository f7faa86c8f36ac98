import { type Priority, priorities } from '../../model/alert.ts';
import type { Notice, NoticeValue } from '../../model/notice.ts';
import type { ItemOutcome, Outcome } from '../../model/output.ts';
import { type HttpAnswer } from '../../transport/http-client.ts';
import { classifyAnswer, jsonOf } from '../../transport/http-outcome.ts';
import type { KubernetesClient } from '../../transport/kubernetes/client.ts';
import { cutBytes, valueText } from '../fields.ts';

const group = '/apis/wgpolicyk8s.io/v1alpha2';
const apiVersion = 'wgpolicyk8s.io/v1alpha2';
const name = 'falco-policy-report';
/** Others change the same report: a change that came too late is made again on what is there then. */
const attempts = 8;
/** Bytes of JSON of a report: etcd takes 1.5 MiB in one request. */
const mostBytes = 1_000_000;
/** Bytes of a text in a result, and how many of an alert's fields it has. */
const longestText = 2000;
const mostFields = 60;

const severities: Readonly<Record<Priority, 'critical' | 'high' | 'medium' | 'low' | 'info'>> = {
  Emergency: 'critical',
  Alert: 'critical',
  Critical: 'critical',
  Error: 'high',
  Warning: 'medium',
  Notice: 'low',
  Informational: 'info',
  Debug: 'info',
};

/** A result of a report (PolicyReportResult). */
interface Result {
  readonly policy: string;
  readonly rule: string;
  readonly category: string;
  readonly source: string;
  readonly severity: string;
  readonly result: 'fail' | 'warn';
  readonly message: string;
  readonly timestamp: { readonly seconds: number; readonly nanos: number };
  readonly properties?: Readonly<Record<string, string>>;
}

interface Report {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly resourceVersion?: string };
  readonly results?: readonly Result[];
  readonly summary?: Readonly<Record<string, number>>;
}

/** How many results a report keeps, and which go first. */
export interface KeepRules {
  readonly most: number;
  readonly byPriority: boolean;
}

function textOf(value: NoticeValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** '' is the cluster's own report. */
function namespaceOf({ fields }: Notice): string {
  const value = textOf(fields.get('k8s.ns.name')) || textOf(fields.get('ka.target.namespace'));
  return /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(value) ? value : '';
}

function cut(text: string): string {
  return cutBytes(text, longestText);
}

function resultOf(notice: Notice): Result {
  const isSevere = priorities.indexOf(notice.priority) <= priorities.indexOf('Warning');
  const own = { uuid: notice.uuid, priority: notice.priority, source: notice.source, hostname: notice.hostname };
  const fields = [...notice.fields].map(([field, value]) => [field, valueText(value)] as const);
  const shown = fields.filter(([, value]) => value !== '').map(([field, value]) => [cut(field), cut(value)] as const);
  const left = shown.length - mostFields;
  return {
    policy: cut(notice.rule),
    rule: cut(notice.rule),
    category: 'SI - System and Information Integrity',
    source: 'Falco',
    severity: severities[notice.priority],
    result: isSevere ? 'fail' : 'warn',
    message: cut(notice.output),
    timestamp: { seconds: Number(notice.time / 1_000_000_000n), nanos: Number(notice.time % 1_000_000_000n) },
    properties: {
      ...Object.fromEntries(shown.slice(0, mostFields)),
      ...(left > 0 ? { '…': `${left} more fields` } : {}),
      ...own,
    },
  };
}

function severityRank({ properties }: Result): number {
  return priorities.indexOf((properties?.['priority'] ?? 'Debug') as Priority);
}

/** The cluster's language writes some characters as escapes of six. */
function storedBytes(result: Result): number {
  return Buffer.byteLength(JSON.stringify(result).replace(/[<>&\u2028\u2029]/g, '......')) + 1;
}

/** The results that a report keeps, in the order in which they came. */
function kept(results: readonly Result[], { most, byPriority }: KeepRules): readonly Result[] {
  const ranked = results.map((result, i) => ({ result, i }));
  ranked.sort((a, b) => (byPriority ? severityRank(a.result) - severityRank(b.result) : 0) || b.i - a.i);
  const staying: typeof ranked = [];
  let bytes = 0;
  for (const item of ranked) {
    bytes += storedBytes(item.result);
    if (staying.length === most || bytes > mostBytes) break;
    staying.push(item);
  }
  return staying.sort((a, b) => a.i - b.i).map(({ result }) => result);
}

function summaryOf(results: readonly Result[]): Record<string, number> {
  const fail = results.filter(({ result }) => result === 'fail').length;
  return { error: 0, fail, pass: 0, skip: 0, warn: results.length - fail };
}

/** Adds results to the reports of a cluster: read, change, write, and again where somebody else was faster. */
export class ReportKeeper {
  readonly #client: KubernetesClient;
  readonly #rules: KeepRules;

  constructor(client: KubernetesClient, rules: KeepRules) {
    this.#client = client;
    this.#rules = rules;
  }

  async add(batch: readonly Notice[]): Promise<Outcome> {
    const byNamespace = Map.groupBy(batch.filter(isReported), namespaceOf);
    const outcomes = new Map<Notice, ItemOutcome>();
    for (const [namespace, notices] of byNamespace) {
      const outcome = await this.#addTo(namespace, notices);
      for (const notice of notices) outcomes.set(notice, outcome);
    }
    const ok: ItemOutcome = { kind: 'ok' };
    return { kind: 'each', items: batch.map((notice) => outcomes.get(notice) ?? ok) };
  }

  async #addTo(namespace: string, notices: readonly Notice[]): Promise<ItemOutcome> {
    let last: ItemOutcome = { kind: 'retry', reason: 'others change the report all the time' };
    for (let i = 0; i < attempts; i++) {
      const answer = await this.#change(namespace, notices);
      // Conflict: it has changed, or was made, in the meantime.
      if (answer.status !== 409) return classifyAnswer(answer) as ItemOutcome;
      last = { kind: 'retry', reason: 'others change the report all the time' };
    }
    return last;
  }

  async #change(namespace: string, notices: readonly Notice[]): Promise<HttpAnswer> {
    const folder =
      namespace === '' ? `${group}/clusterpolicyreports` : `${group}/namespaces/${namespace}/policyreports`;
    const { signal } = new AbortController();
    const headers = { accept: 'application/json', 'content-type': 'application/json' };
    const read = { method: 'GET', headers: { accept: headers.accept }, answerBytes: 16 << 20 } as const;
    const answer = await this.#client.exchange(`${folder}/${name}`, read, signal);
    if (answer.status !== 200 && answer.status !== 404) return answer;
    const there = answer.status === 200 ? (jsonOf(answer) as Report | undefined) : undefined;
    const known = new Set((there?.results ?? []).map(({ properties }) => properties?.['uuid']));
    const added = notices.filter(({ uuid }) => !known.has(uuid)).map(resultOf);
    const results = kept([...(there?.results ?? []), ...added], this.#rules);
    const metadata = there?.metadata ?? (namespace === '' ? { name } : { name, namespace });
    const report: Report = {
      ...there,
      apiVersion,
      kind: namespace === '' ? 'ClusterPolicyReport' : 'PolicyReport',
      metadata,
      results,
      summary: summaryOf(results),
    };
    const body = JSON.stringify(report);
    const isNew = there === undefined;
    const write = { method: isNew ? 'POST' : 'PUT', headers, body } as const;
    return await this.#client.exchange(isNew ? folder : `${folder}/${name}`, write, signal);
  }
}

function isReported({ source }: Notice): boolean {
  return ['syscall', 'syscalls', 'k8saudit', 'k8s_audit'].includes(source);
}
