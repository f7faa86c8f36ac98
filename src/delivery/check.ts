import { NoticeMaker } from './notices/maker.ts';
import { Maintenance } from './routing/maintenance.ts';
import { Router } from './routing/router.ts';
import type { DeliverySettings, OutputSettings, SettingProblem } from './settings.ts';

/** What is wrong with settings that are of the right types: conditions, templates, zones, names. Empty: nothing. */
export function checkSettings(settings: DeliverySettings): readonly SettingProblem[] {
  const problems: SettingProblem[] = [
    ...new NoticeMaker(settings.intake).problems,
    ...new Maintenance(settings.maintenance).problems,
  ];
  const names = new Set<string>();
  for (const [i, output] of settings.outputs.entries()) {
    const path = `outputs[${i}]`;
    if (names.has(output.name)) problems.push({ path: `${path}.name`, offset: undefined, message: 'is there twice' });
    names.add(output.name);
    problems.push(...checkOutput(output, path));
  }
  return problems;
}

function checkOutput(output: OutputSettings, path: string): SettingProblem[] {
  const problems = new Router(output).problems.map((problem) => ({
    ...problem,
    path: problem.path.replace(`outputs.${output.name}`, path),
  }));
  function bound(name: string, value: number, least: number, most: number = Number.MAX_SAFE_INTEGER): void {
    if (value >= least && value <= most) return;
    problems.push({ path: `${path}.${name}`, offset: undefined, message: `has to be from ${least} to ${most}` });
  }
  const { name, batch, concurrency, timeoutMs, retry, grouping, rateLimit } = output;
  bound('name', Buffer.byteLength(name), 1, 255);
  bound('concurrency', concurrency, 1, 256);
  bound('batch.count', batch.count, 1, 100_000);
  bound('batch.bytes', batch.bytes, 1);
  bound('batch.waitMs', batch.waitMs, 0);
  bound('timeoutMs', timeoutMs, 1);
  bound('retry.leastMs', retry.leastMs, 1);
  bound('retry.mostMs', retry.mostMs, 1);
  if (grouping !== undefined) {
    bound('grouping.windowMs', grouping.windowMs, 1);
    bound('grouping.groups', grouping.groups, 1, 1_000_000);
  }
  if (rateLimit !== undefined) {
    bound('rateLimit.burst', rateLimit.burst, 1);
    bound('rateLimit.summaryMs', rateLimit.summaryMs, 1);
    bound('rateLimit.rules', rateLimit.rules, 1, 1_000_000);
  }
  return problems;
}
