import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { missing } from '../kit/requirements.ts';
import { compileProgram } from './sensor-kit.ts';

const root = path.resolve(import.meta.dirname, '..', '..');

function rules(folder: string, version: number, priority = 'NOTICE'): string {
  return (
    `- rule: Folder removed\n  desc: d\n  priority: ${priority}\n  output: removed %evt.arg.path.\n` +
    `  condition: evt.type = rmdir and evt.arg.path startswith ${folder}/\n` +
    `- rule: Other ${version}\n  desc: d\n  priority: NOTICE\n  output: other\n  condition: evt.type = open${version % 2 === 0 ? 'at' : 'at2'} and evt.num = 0\n`
  );
}

function config(folder: string, more = ''): string {
  return (
    `engine: {kind: modern_ebpf}\nlog_stderr: true\nlog_syslog: false\nwatch_config_files: false\n` +
    `stdout_output: {enabled: true}\nrules_files: [${folder}/rules.yaml]\n${more}`
  );
}

describe.skipIf(missing('kernel'))('reload', () => {
  let folder: string;
  let saker: ChildProcess;
  let printed = '';
  let log = '';

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'saker-reload-'));
    writeFileSync(path.join(folder, 'rules.yaml'), rules(folder, 0));
    writeFileSync(path.join(folder, 'falco.yaml'), config(folder));
    printed = '';
    log = '';
    saker = spawn(process.execPath, [
      path.join(root, 'src/cli/main.ts'),
      'falco',
      '-c',
      path.join(folder, 'falco.yaml'),
    ]);
    saker.stdout!.on('data', (text) => void (printed += String(text)));
    saker.stderr!.on('data', (text) => void (log += String(text)));
  });
  afterEach(async () => {
    if (saker.exitCode === null) {
      saker.kill('SIGTERM');
      await once(saker, 'exit');
    }
    rmSync(folder, { recursive: true });
  });

  function remove(name: string): void {
    mkdirSync(path.join(folder, name));
    rmdirSync(path.join(folder, name));
  }

  async function seen(name: () => string): Promise<void> {
    for (let i = 0; i < 300; i++) {
      const one = name();
      for (let wait = 0; wait < 5; wait++) {
        await sleep(20);
        if (printed.includes(`removed ${folder}/${one}.`)) return;
      }
    }
    throw new Error(`no alert; log: ${log}`);
  }

  /**
   * Removes folders while the rules are read anew four times. @returns how often each was told of, where not once.
   * @param changeMore changes something else for call number i
   */
  async function reloadedMeanwhile(
    calls: number,
    priority?: string,
    changeMore: (i: number) => void = () => undefined,
  ): Promise<string[]> {
    let tries = 0;
    await seen(() => {
      remove(`start-${tries}`);
      return `start-${tries++}`;
    });
    for (let i = 0; i < calls; i++) {
      remove(`n${i}`);
      if (i % (calls / 4) === calls / 8) {
        writeFileSync(path.join(folder, 'rules.yaml'), rules(folder, i, priority));
        changeMore(i);
        saker.kill('SIGHUP');
      }
      await sleep(2);
    }
    await seen(() => `n${calls - 1}`);
    const counts = new Map<string, number>();
    for (const [, name = ''] of printed.matchAll(/removed \S+\/(n\d+)\./g))
      counts.set(name, (counts.get(name) ?? 0) + 1);
    const names = Array.from({ length: calls }, (_, i) => `n${i}`);
    return names.filter((name) => counts.get(name) !== 1).map((name) => `${name}: ${counts.get(name) ?? 0}`);
  }

  it('misses nothing that old and new rules want, and tells nothing twice', async () => {
    expect(await reloadedMeanwhile(1200)).toEqual([]);
    expect(log.match(/read anew/g)).toHaveLength(4);
    expect(log).not.toMatch(/events were lost/);
  });

  it('misses nothing while one sensor takes the place of another, with other settings', async () => {
    const presets = new Set<number>();
    const wrong = await reloadedMeanwhile(1600, undefined, (i) => {
      const preset = 2 + (Math.floor(i / 400) % 3);
      presets.add(preset);
      const text = config(folder).replace('modern_ebpf}', `modern_ebpf, modern_ebpf: {buf_size_preset: ${preset}}}`);
      writeFileSync(path.join(folder, 'falco.yaml'), text);
    });
    expect(wrong).toEqual([]);
    expect(presets.size).toBe(3);
    expect(log).not.toMatch(/events were lost/);
  });

  it('keeps the old configuration where the new one can not begin', async () => {
    await seen(() => {
      remove('ready');
      return 'ready';
    });
    // No machine has this address.
    const webserver = 'webserver: {enabled: true, listen_address: 203.0.113.1}\n';
    writeFileSync(path.join(folder, 'falco.yaml'), config(folder, webserver));
    saker.kill('SIGHUP');
    for (let i = 0; i < 500 && !printed.includes('Hot restart failure'); i++) await sleep(20);
    await seen(() => {
      remove('after');
      return 'after';
    });
    expect(printed).toContain("Hot restart failure: the web server can't serve 203.0.113.1");
    expect(log).toMatch(/the old configuration and rules stay: the web server can't serve 203\.0\.113\.1/);
  });

  it('outlives any number of requests, and the last rules are in force in the end', async () => {
    writeFileSync(path.join(folder, 'falco.yaml'), config(folder).replace('config_files: false', 'config_files: true'));
    await seen(() => {
      remove('ready');
      return 'ready';
    });
    saker.kill('SIGHUP');
    let last = 0;
    for (let i = 0; i < 150; i++) {
      // By turns, and as they come: in the midst of reading, between two sessions, while one begins.
      if (i % 3 > 0) writeFileSync(path.join(folder, 'rules.yaml'), rules(path.join(folder, String((last = i))), i));
      if (i % 3 < 2) saker.kill('SIGHUP');
      await sleep((i * 7) % 40);
    }
    expect(saker.exitCode ?? saker.signalCode).toBeNull();
    mkdirSync(path.join(folder, String(last)));
    let tries = 0;
    await seen(() => {
      remove(`${last}/x${tries}`);
      return `${last}/x${tries++}`;
    });
  });

  it('misses nothing that is critical while others flood the rings', async () => {
    writeFileSync(path.join(folder, 'rules.yaml'), rules(folder, 0, 'CRITICAL'));
    // All opens are told, whether a rule can match them or not.
    writeFileSync(path.join(folder, 'falco.yaml'), config(folder, 'saker: {kernel_filter: false}\n'));
    const flood = compileProgram('sensor-flood');
    const noise = [0, 1].map(() => spawn(flood.path, ['20000000', 'open'], { stdio: 'ignore' }));
    try {
      await seen(() => {
        remove('ready');
        return 'ready';
      });
      saker.kill('SIGHUP');
      expect(await reloadedMeanwhile(800, 'CRITICAL')).toEqual([]);
      expect(log).not.toMatch(/critical events was full/);
    } finally {
      for (const child of noise) child.kill('SIGKILL');
      flood.remove();
    }
  });
});
