import { defaultIntake } from '../../src/delivery/defaults.ts';
import { NoticeMaker } from '../../src/delivery/notices/maker.ts';
import type { Notice } from '../../src/model/notice.ts';

/** An alert as Falco sends it. */
export function alertJson(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    output: '05:29:25.123456789: Warning A shell was started (user=root)',
    priority: 'Warning',
    rule: 'Terminal shell in container',
    time: '2026-11-21T05:29:25.123456789Z',
    source: 'syscall',
    tags: ['shell', 'container'],
    hostname: 'node-1',
    output_fields: { 'proc.name': 'bash', 'proc.pid': 4711, 'k8s.ns.name': 'shop' },
    ...changes,
  };
}

const maker = new NoticeMaker(defaultIntake);

export function makeNotice(changes: Readonly<Record<string, unknown>> = {}): Notice {
  return maker.fromJson(JSON.stringify(alertJson(changes)));
}

/** Alerts with a number each, in `output_fields.n`. */
export function numberedNotices(count: number, changes: Readonly<Record<string, unknown>> = {}): Notice[] {
  return Array.from({ length: count }, (_nothing, n) => makeNotice({ output_fields: { n }, ...changes }));
}

export function numberOf(notice: Notice): number {
  return Number(notice.fields.get('n'));
}
