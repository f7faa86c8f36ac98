import { type Priority, priorities } from '../../model/alert.ts';
import type { DeliveryStats, OutputStats } from '../../delivery/stats.ts';
import type { Traffic } from '../../model/output.ts';
import { Exposition } from '../metrics/exposition.ts';
import type { EventCounts } from './event-counts.ts';

const peer = 'falcosecurity_falcosidekick_';
const own = 'saker_delivery_';
const breakerStates = ['closed', 'open', 'probing'] as const;

/** Takes the numbers, in whatever form. */
export type MetricSink = Pick<Exposition, 'add' | 'histogram'>;

function total(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

function addByPriority(
  text: MetricSink,
  name: string,
  about: string,
  counts: Readonly<Record<Priority, number>>,
): void {
  for (const priority of priorities) text.add(name, 'counter', about, counts[priority], { priority });
}

function addQueue(text: MetricSink, { queue }: DeliveryStats): void {
  text.add(`${own}queue_alerts`, 'gauge', 'Alerts that wait for an output.', queue.count);
  text.add(`${own}queue_bytes`, 'gauge', 'Bytes that they take.', queue.bytes);
  text.add(`${own}queue_oldest_seconds`, 'gauge', 'How long the oldest has waited.', queue.oldestMs / 1000);
  text.add(`${own}queue_failed_total`, 'counter', 'Alerts that could not be written and were refused.', queue.failed);
  text.add(`${own}queue_damaged_total`, 'counter', 'Places in the queue that could not be read back.', queue.damaged);
  addByPriority(text, `${own}evicted_total`, 'Alerts that had to go because the queue was full.', queue.evicted);
  addByPriority(text, `${own}expired_total`, 'Alerts that had to go because of their age.', queue.expired);
}

function addOutput(text: MetricSink, output: string, stats: OutputStats): void {
  const labels = { output };
  text.add(`${own}ready`, 'gauge', 'Whether the output could be opened.', stats.ready ? 1 : 0, labels);
  text.add(`${own}depth`, 'gauge', 'Alerts that the output has not had.', stats.depth, labels);
  text.add(`${own}oldest_seconds`, 'gauge', 'How long the oldest of them has waited.', stats.oldestMs / 1000, labels);
  text.add(`${own}in_flight`, 'gauge', 'Alerts that are being sent.', stats.inFlight, labels);
  text.add(`${own}sent_total`, 'counter', 'Alerts that the output took.', stats.sent, labels);
  text.add(`${own}sends_total`, 'counter', 'Sends.', stats.sends, labels);
  text.add(`${own}send_failures_total`, 'counter', 'Sends that failed.', stats.failures, labels);
  text.add(`${own}retries_total`, 'counter', 'Further attempts, by alert.', stats.retried, labels);
  text.add(`${own}dead_letters_total`, 'counter', 'Alerts that became dead letters.', stats.dead, labels);
  text.add(`${own}summaries_total`, 'counter', 'Summaries of alerts that were held back.', stats.summaries, labels);
  for (const [reason, count] of Object.entries(stats.held)) {
    text.add(`${own}held_total`, 'counter', 'Alerts that were not for the output, by reason.', count, {
      output,
      reason,
    });
  }
  for (const state of breakerStates) {
    const isSo = stats.breaker === state ? 1 : 0;
    text.add(`${own}breaker`, 'gauge', 'State of the circuit breaker.', isSo, { output, state });
  }
  text.histogram(`${own}send_seconds`, 'Time of a send.', stats.latency, labels);
}

/**
 * What went through, by output: the destination of Falcosidekick's metrics.
 * @param destinations the peer's names of outputs, by ours; absent: the same.
 */
export function trafficOf(
  { intake, outputs }: DeliveryStats,
  badRequests: number,
  destinations: ReadonlyMap<string, string>,
): Traffic {
  const each = [...outputs].map(([name, { sent, failures, dead }]) => {
    // What was refused for good is no failure of the output, but the peer counts it as one.
    return [destinations.get(name) ?? name, { ok: sent, error: failures + dead }] as const;
  });
  return { accepted: intake.accepted, rejected: total(intake.rejected) + badRequests, outputs: new Map(each) };
}

/** Everything but the counted alerts, of which there may be many. */
export function addDeliveryMetrics(text: MetricSink, stats: DeliveryStats, traffic: Traffic): void {
  const inputs = (status: string, count: number): void =>
    text.add(`${peer}inputs_total`, 'counter', 'Alerts by what became of them on the way in.', count, {
      source: 'requests',
      status,
    });
  inputs('accepted', traffic.accepted);
  inputs('rejected', traffic.rejected);
  for (const [destination, { ok, error }] of traffic.outputs) {
    const about = 'Alerts that outputs took; sends that failed, and alerts that were refused for good.';
    text.add(`${peer}outputs_total`, 'counter', about, ok, { destination, status: 'ok' });
    text.add(`${peer}outputs_total`, 'counter', about, error, { destination, status: 'error' });
  }
  addByPriority(text, `${own}accepted_total`, 'Alerts that came in, by priority.', stats.intake.byPriority);
  for (const [reason, count] of Object.entries(stats.intake.rejected)) {
    text.add(`${own}rejected_total`, 'counter', 'Alerts that were refused, by reason.', count, { reason });
  }
  text.add(`${own}cut_total`, 'counter', 'Texts that were too long and were cut.', stats.intake.cut);
  addQueue(text, stats);
  for (const [output, item] of stats.outputs) addOutput(text, output, item);
}

/** Metrics of delivery: Falcosidekick's by its names, and what it has none for as `saker_delivery_`. */
export function deliveryMetrics(stats: DeliveryStats, events: EventCounts, traffic: Traffic): string {
  const text = new Exposition();
  const { labels } = events;
  for (const { values, count } of events) {
    const set = Object.fromEntries(labels.map((label, i) => [label, values[i]!]));
    text.add(`${peer}falco_events_total`, 'counter', 'Alerts that came in.', count, set);
  }
  addDeliveryMetrics(text, stats, traffic);
  return text.toString();
}
