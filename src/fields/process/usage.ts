import type { Event } from '../../model/event.ts';
import { type EventInfo, eventByCode, flagTables } from '../../model/event-table.ts';
import { type EventGetter, eventField, type FieldSpec } from '../../model/field.ts';
import { oncePerEvent } from '../../model/once-per-event.ts';
import type { Thread } from '../../model/thread.ts';

const procInfo = eventByCode('PROCINFO_E').id;
const switchEvent = eventByCode('SCHEDSWITCH_6_E').id;
const maxPercent = 100;
/** Set in Thread.flags when a thread has exited; a leader stays as long as its siblings live. */
const exited = flagTables['clone_flags']!['CLOSED']!;

/** Memory, faults and times change without a sign that the thread is another one, so these depend on the event. */
function counter(summary: string, read: (thread: Thread) => number | bigint, hidden = false) {
  return eventField('UINT64', summary, (event) => (event.thread === null ? null : read(event.thread)), {
    format: 'DEC',
    hidden,
  });
}

/**
 * A field that keeps something from event to event, for all rules. Outputs show 0, as those of upstream
 * do, whose formatter remembers no earlier event.
 */
function keeping(spec: FieldSpec, make: () => EventGetter): FieldSpec {
  return { ...spec, bind: () => ({ scope: 'event', get: oncePerEvent(make()) }) };
}

function isProcInfo(info: EventInfo): boolean {
  return info.id === procInfo;
}

/** Nanoseconds since the last switch of the same processor; 0 for events that are no switch. */
function execTime(): (event: Event) => number {
  const lastSwitch = new Map<number, bigint>();
  return (event) => {
    if (event.type !== switchEvent) return 0;
    const last = lastSwitch.get(event.cpu);
    lastSwitch.set(event.cpu, event.time);
    return last === undefined ? 0 : Number(event.time - last);
  };
}

function totalExecTime(): EventGetter<number> {
  const own = execTime();
  const totals = new WeakMap<Thread, number>();
  return (event) => {
    const time = own(event);
    if (event.thread === null) return null;
    const total = (totals.get(event.thread) ?? 0) + time;
    totals.set(event.thread, total);
    return total;
  };
}

/** Processor time since the last report on the thread, as reports count it. */
function processorTime(usesUser: boolean, usesSystem: boolean): () => EventGetter<number> {
  return () => {
    const lastTotals = new WeakMap<Thread, number>();
    return (event) => {
      if (event.type !== procInfo || event.thread === null) return null;
      const total = (usesUser ? event.u64(0) : 0) + (usesSystem ? event.u64(1) : 0);
      const last = lastTotals.get(event.thread) ?? 0;
      lastTotals.set(event.thread, total);
      return last === 0 ? 0 : Math.min(Math.max(total - last, 0), maxPercent);
    };
  };
}

function processorField(summary: string, usesUser: boolean, usesSystem: boolean) {
  return keeping(
    eventField('DOUBLE', summary, () => null, { possible: isProcInfo }),
    processorTime(usesUser, usesSystem),
  );
}

/** Known from the event, also where its thread is not. */
export const runTimeFields = {
  'thread.exectime': keeping(
    eventField(
      'RELTIME',
      'Nanoseconds that the thread ran until this switch of the processor; 0 in outputs.',
      () => 0,
      {
        format: 'DEC',
        shown: () => () => 0,
      },
    ),
    execTime,
  ),
} as const;

export const usageFields = {
  'proc.vmsize': counter('Virtual memory of the process in kB.', (thread) => thread.vmSizeKb),
  'proc.vmrss': counter('Resident memory of the process in kB.', (thread) => thread.vmRssKb),
  'proc.vmswap': counter('Swapped memory of the process in kB.', (thread) => thread.vmSwapKb),
  'thread.vmsize': counter('Virtual memory in kB; 0 for all but main threads.', (thread) =>
    thread.isMain ? thread.vmSizeKb : 0,
  ),
  'thread.vmrss': counter('Resident memory in kB; 0 for all but main threads.', (thread) =>
    thread.isMain ? thread.vmRssKb : 0,
  ),
  'thread.vmsize.b': counter(
    'Virtual memory in bytes; 0 for all but main threads.',
    (thread) => (thread.isMain ? thread.vmSizeKb * 1024 : 0),
    true,
  ),
  'thread.vmrss.b': counter(
    'Resident memory in bytes; 0 for all but main threads.',
    (thread) => (thread.isMain ? thread.vmRssKb * 1024 : 0),
    true,
  ),
  'thread.pfmajor': counter('Page faults that had to read from a disk.', (thread) => thread.majorFaults),
  'thread.pfminor': counter('Page faults that did not have to read from a disk.', (thread) => thread.minorFaults),
  'proc.nthreads': counter('Number of threads of the process.', (thread) => thread.group.alive),
  'proc.nchilds': counter('Number of threads of the process besides the main one.', (thread) => {
    const { leader, alive } = thread.group;
    const leaderLives = leader !== null && (leader.flags & exited) === 0;
    return leaderLives && alive > 0 ? alive - 1 : alive;
  }),
  'thread.totexectime': keeping(
    eventField('RELTIME', 'Sum of the values of thread.exectime; 0 in outputs.', () => null, {
      format: 'DEC',
      shown: () => (event) => (event.thread === null ? null : 0),
    }),
    totalExecTime,
  ),
  'thread.cpu': processorField('Processor time of the last second, in percent.', true, true),
  'thread.cpu.user': processorField(
    'Processor time of the last second for the program itself, in percent.',
    true,
    false,
  ),
  'thread.cpu.system': processorField(
    'Processor time of the last second for the kernel on behalf of the program, in percent.',
    false,
    true,
  ),
} as const;
