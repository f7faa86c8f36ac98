import type { SessionSummary } from '../app/session.ts';
import { decodeBytes } from '../base/utf8.ts';
import type { RuleStatistics } from '../engine/eval/evaluator.ts';

function number(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(?:\d{3})+$)/g, ',');
}

function counted(count: number, what: string): string {
  return `${number(count)} ${what}${count === 1 ? '' : 's'}`;
}

/** What a session did, for people; without the newline at the end. */
export function summaryText(summary: SessionSummary): string {
  const { events, wallSeconds, cpuSeconds, alerts } = summary;
  const rate = wallSeconds > 0 ? `, ${number(events / wallSeconds)} a second` : '';
  const memory = number(summary.peakMemoryBytes / 1048576);
  const lines = [
    `saker: ${counted(events, 'event')} in ${wallSeconds.toFixed(2)} s${rate}; ${cpuSeconds.toFixed(2)} s CPU, ${memory} MB memory`,
    `saker: ${counted(alerts, 'alert')}${alerts === 0 ? '' : ':'}`,
  ];
  for (const [rule, count] of summary.byRule) lines.push(`${number(count).padStart(10)}  ${decodeBytes(rule)}`);
  for (const [reason, count] of summary.eventsLost) lines.push(`saker: LOST ${counted(count, 'event')}: ${reason}`);
  if (summary.alertsLost > 0)
    lines.push(`saker: LOST ${counted(summary.alertsLost, 'alert')}: the outputs were too slow`);
  for (const [output, count] of summary.outputFailures) {
    lines.push(`saker: ${counted(count, 'alert')} could not be written to output ${output}`);
  }
  const { containers } = summary;
  if (containers !== undefined && containers.alertsWithout > 0)
    lines.push(`saker: ${counted(containers.alertsWithout, 'alert')} without name and image of the container`);
  if (containers !== undefined && containers.alertsWithoutPod > 0)
    lines.push(`saker: ${counted(containers.alertsWithoutPod, 'alert')} without what Kubernetes knows of the pod`);
  if (summary.malformed > 0) lines.push(`saker: ${counted(summary.malformed, 'event')} could not be read`);
  if (summary.leftOut > 0)
    lines.push(`saker: ${counted(summary.leftOut, 'event')} left out by the kernel: no rule could tell of them`);
  if (summary.recordingLost > 0)
    lines.push(`saker: ${counted(summary.recordingLost, 'event')} left out of the recording`);
  if (summary.captures !== undefined) lines.push(...captureLines(summary.captures));
  if (summary.ruleStatistics !== undefined) lines.push(...statisticsTable(summary.ruleStatistics));
  return lines.join('\n');
}

/** What was recorded when rules matched. */
function captureLines({
  begun,
  failed,
  eventsLost,
  cut,
  removed,
  withoutPast,
}: NonNullable<SessionSummary['captures']>): string[] {
  const lines = [`saker: ${counted(begun, 'capture')} ${failed === 0 ? 'recorded' : 'begun'}`];
  if (failed > 0) lines.push(`saker: ${counted(failed, 'capture')} could not be written`);
  if (eventsLost > 0) lines.push(`saker: LOST ${counted(eventsLost, 'event')} of captures: the disk was too slow`);
  if (cut > 0) lines.push(`saker: ${counted(cut, 'capture')} cut: too large`);
  if (withoutPast > 0) lines.push(`saker: ${counted(withoutPast, 'capture')} without what came before the alert`);
  if (removed > 0) lines.push(`saker: ${counted(removed, 'old capture')} removed`);
  return lines;
}

/** What each rule cost: those that were evaluated, dearest first. */
function statisticsTable(statistics: readonly RuleStatistics[]): string[] {
  const judged = statistics.filter((one) => one.evaluations > 0 || one.matches > 0);
  const lines = [`saker: ${counted(judged.length, 'rule')} evaluated beyond their classes:`];
  lines.push(`${'matches'.padStart(10)}  ${'evaluations'.padStart(12)}  ${'ms'.padStart(9)}  rule`);
  for (const { rule, matches, evaluations, nanoseconds } of judged.toSorted((a, b) => b.nanoseconds - a.nanoseconds)) {
    const milliseconds = (nanoseconds / 1e6).toFixed(2);
    lines.push(
      `${number(matches).padStart(10)}  ${number(evaluations).padStart(12)}  ${milliseconds.padStart(9)}  ${decodeBytes(rule.name)}`,
    );
  }
  return lines;
}
