import { type Json, toPrettyJson } from '../../base/json.ts';
import {
  type EventInfo,
  eventCategories,
  eventFlags,
  events,
  type ParamInfo,
  syscallSets,
} from '../../model/event-table.ts';
import { versions } from '../versions.ts';
import type { FalcoContext } from './context.ts';
import { listFormat } from './fields.ts';

interface Row {
  readonly name: string;
  readonly info: EventInfo;
  readonly available: boolean;
}

const groups = [
  ['Syscall events', eventCategories.SYSCALL],
  ['Tracepoint events', eventCategories.TRACEPOINT],
  ['Plugin events', eventCategories.PLUGIN],
  ['Metaevents', eventCategories.METAEVENT],
] as const;

/** Names of events: that of `pread64` is `pread`. */
function ignoredEvents(): string[] {
  const names = new Set(events.map((info) => info.name));
  return [...new Set(syscallSets.ignored_by_default.map((name) => (names.has(name) ? name : name.replace(/64$/, ''))))];
}

function rowsOf(category: number): Row[] {
  const ignored = new Set(ignoredEvents());
  const hidden = eventFlags.OLD_VERSION | eventFlags.UNUSED;
  const own = events.filter((info) => info.id > 1 && (info.category & category) !== 0 && (info.flags & hidden) === 0);
  const rows = own.map((info) => ({ name: info.name, info, available: !ignored.has(info.name) }));
  if (category !== eventCategories.SYSCALL) return rows;
  const generic = syscallSets.generic.flatMap((name) =>
    [events[0]!, events[1]!].map((info) => ({ name, info, available: true })),
  );
  return [...rows, ...generic];
}

function hasFlags(param: ParamInfo): boolean {
  return /^(?:ENUM)?FLAGS/.test(param.type) && param.flags !== undefined;
}

function paramText(param: ParamInfo, mark: string): string {
  const flags = hasFlags(param)
    ? `: ${Object.keys(param.flags!)
        .map((name) => `${mark}${name}${mark}`)
        .join(', ')}`
    : '';
  return `${param.type} **${param.name}**${flags}`;
}

function rowText({ name, info, available }: Row, markdown: boolean): string {
  const dir = info.isEnter ? '>' : '<';
  const params = info.params.map((param) => paramText(param, markdown ? '*' : '')).join(', ');
  return markdown
    ? `${available ? 'Yes' : 'No'} | \`${dir}\` | \`${name}\` | ${params}\n`
    : `${dir} ${name}(${params})\n`;
}

function rowJson({ name, info, available }: Row): Json {
  return {
    available,
    dir: info.isEnter ? '>' : '<',
    name,
    params: info.params.map((param) => ({
      flags: hasFlags(param) ? Object.keys(param.flags!) : undefined,
      name: param.name,
      type: param.type,
    })),
  };
}

/** --list-events. */
export function listEvents(context: Pick<FalcoContext, 'flags' | 'io'>): number {
  const format = listFormat(context);
  const { io } = context;
  const schema = versions().driverSchema;
  if (format === 'json') {
    const page = groups.map(([name, category]): [string, Json] => [name, rowsOf(category).map(rowJson)]);
    io.out(`${toPrettyJson(Object.fromEntries([...page, ['schema_version', schema]]))}\n`);
    return 0;
  }
  io.out(`The events below are valid for Falco *Schema Version*: ${schema}\n`);
  for (const [name, category] of groups) {
    io.out(`## ${name}\n\n`);
    if (format === 'markdown') io.out('Default | Dir | Name | Params \n:-------|:----|:-----|:-----\n');
    for (const row of rowsOf(category)) io.out(rowText(row, format === 'markdown'));
    io.out('\n');
  }
  return 0;
}

/** -i. */
export function listIgnored({ io }: Pick<FalcoContext, 'io'>): number {
  io.out(
    `Ignored syscall(s):\n${ignoredEvents()
      .map((name) => `- ${name}\n`)
      .join('')}\n`,
  );
  return 0;
}
