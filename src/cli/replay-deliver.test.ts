import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { scenario } from '../../test/kit/events.ts';
import { ServiceStage } from '../../test/kit/service-stage.ts';
import { main } from './dispatch.ts';

// The engine with a delivery in it, from events to a receiver.

const count = 120;
const rules = `
- rule: Program started
  desc: A program was started.
  condition: evt.type = execve
  output: "%proc.name with %proc.args"
  priority: NOTICE
  tags: [process]
`;

let stage: ServiceStage;
beforeEach(async () => {
  stage = await new ServiceStage().open();
  writeFileSync(path.join(stage.folder, 'rules.yaml'), rules);
  const made = scenario().as(100);
  for (let i = 0; i < count; i++) made.execve('/usr/bin/id', { args: [`n${i}`] });
  writeFileSync(path.join(stage.folder, 'capture.scap'), made.toCapture());
});
afterEach(() => stage.close());

async function replay(): Promise<{ readonly code: number; readonly err: string }> {
  let err = '';
  const io = { out: () => undefined, err: (text: string) => void (err += text), environment: { FALCO_HOSTNAME: 'h' } };
  const file = (name: string): string => path.join(stage.folder, name);
  const args = ['replay', '-r', file('rules.yaml'), '--deliver', stage.file, file('capture.scap')];
  return { code: await main(args, io), err };
}

/** What the receiver took, in its order. */
function taken(statuses: readonly number[]): { output: string; uuid: string; hostname: string; tags: string[] }[] {
  return stage.sink.posts
    .filter((_, i) => statuses[i] === 200)
    .map(({ body }) => JSON.parse(body.toString()) as ReturnType<typeof taken>[number]);
}

const expected = Array.from({ length: count }, (_, i) => `n${i}`);

test('every alert of the engine arrives, in order', async () => {
  const statuses: number[] = [];
  stage.sink.answer = (response) => response.writeHead(statuses[statuses.push(200) - 1]!).end();
  stage.configure("webhook: {address: '{url}/hook'}\n");
  const { code, err } = await replay();
  expect([code, err]).toEqual([0, expect.not.stringContaining('wait for the next start')]);
  const alerts = taken(statuses);
  expect(alerts.map(({ output }) => / with (\S+)/.exec(output)?.[1])).toEqual(expected);
  expect(alerts[0]).toMatchObject({ hostname: 'h', tags: ['process'] });
  expect(new Set(alerts.map(({ uuid }) => uuid)).size).toBe(count);
});

test('a receiver that is down meanwhile, and a restart: none is lost', async () => {
  const statuses: number[] = [];
  let isDown = true;
  stage.sink.answer = (response) => {
    const status = isDown || statuses.length % 50 === 0 ? 503 : 200;
    statuses.push(status);
    response.writeHead(status).end();
  };
  const config = "webhook: {address: '{url}/hook'}\n";
  stage.configure(config);
  const { code, err } = await replay();
  expect(code).toBe(0);
  expect(err).toContain(`alerts wait for the next start: alerts=${count}`);
  expect(taken(statuses)).toEqual([]);
  isDown = false;
  const service = await stage.start(config);
  while (taken(statuses).length < count) await sleep(5);
  const outputs = taken(statuses).map(({ output }) => / with (\S+)/.exec(output)?.[1]);
  expect(outputs).toEqual(expected);
  expect(await service.close(5000)).toBe(0);
});
