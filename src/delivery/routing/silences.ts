import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import type { Notice } from '../../model/notice.ts';
import type { Clock } from '../clock.ts';
import { SettingsError } from '../errors.ts';
import { defaultMatch } from '../defaults.ts';
import type { Silence } from '../settings.ts';
import { Match } from './match.ts';

/** An ended one stays so long, for alerts that were accepted before its end and still wait. */
const keptMs = 24 * 3_600_000;
const most = 10_000;

interface Known {
  readonly silence: Silence;
  readonly match: Match;
}

/** Silences: alerts that somebody does not want to hear of until a certain time. Kept in a file. */
export class Silences {
  readonly #clock: Clock;
  readonly #file: string | undefined;
  #known = new Map<string, Known>();
  /** Writes go one after the other. */
  #saving: Promise<void> = Promise.resolve();

  private constructor(file: string | undefined, clock: Clock) {
    this.#file = file;
    this.#clock = clock;
  }

  /** @throws Error where the file can't be read or holds something else. */
  static async open(file: string | undefined, clock: Clock): Promise<Silences> {
    const silences = new Silences(file, clock);
    if (file !== undefined) silences.#load(await readOrNothing(file), file);
    return silences;
  }

  #load(text: string, file: string): void {
    if (text === '') return;
    let stored: unknown;
    try {
      stored = JSON.parse(text);
    } catch (error) {
      throw new Error(`${file} is not JSON`, { cause: error });
    }
    if (!Array.isArray(stored) || !stored.every(isSilence)) throw new Error(`${file} holds no silences`);
    for (const given of stored as readonly Silence[]) {
      const silence = { ...given, match: { ...defaultMatch, ...given.match } };
      const match = new Match(silence.match, `silence ${silence.id}`);
      if (match.problems.length > 0) throw new SettingsError(match.problems);
      this.#known.set(silence.id, { silence, match });
    }
  }

  /** Those that have not ended. */
  list(): readonly Silence[] {
    const now = this.#clock.now();
    return [...this.#known.values()].map(({ silence }) => silence).filter(({ end }) => end > now);
  }

  /** @throws SettingsError for a silence that can't be; Error where the file can't be written: then it is not there. */
  async add(given: Omit<Silence, 'id'>): Promise<Silence> {
    const silence: Silence = { ...given, id: randomUUID() };
    const match = new Match(silence.match, 'match');
    const problems = [...match.problems];
    function require(path: string, holds: boolean, message: string): void {
      if (!holds) problems.push({ path, offset: undefined, message });
    }
    require('end', silence.end > Math.max(silence.start, this.#clock.now()), 'has to lie in the future');
    require('author', silence.author.trim() !== '', 'has to say who it is by');
    require('silences', this.#known.size < most, `there are ${most} already`);
    if (problems.length > 0) throw new SettingsError(problems);
    this.#known.set(silence.id, { silence, match });
    try {
      await this.#save();
    } catch (error) {
      this.#known.delete(silence.id);
      throw error;
    }
    return silence;
  }

  /** Ends one now. Whether there was one. @throws Error where the file can't be written. */
  async remove(id: string): Promise<boolean> {
    const known = this.#known.get(id);
    const end = this.#clock.now();
    if (known === undefined || known.silence.end <= end) return false;
    this.#known.set(id, { ...known, silence: { ...known.silence, end } });
    await this.#save();
    return true;
  }

  /** @param accepted when the notice was; milliseconds since the epoch. */
  holds(notice: Notice, output: string, accepted: number): boolean {
    if (this.#known.size === 0) return false;
    for (const { silence, match } of this.#known.values()) {
      if (accepted >= silence.start && accepted < silence.end && match.holds(notice, output)) return true;
    }
    return false;
  }

  #save(): Promise<void> {
    const run = this.#saving.then(() => this.#write());
    this.#saving = run.catch(() => undefined);
    return run;
  }

  async #write(): Promise<void> {
    const before = this.#clock.now() - keptMs;
    for (const [id, { silence }] of this.#known) if (silence.end < before) this.#known.delete(id);
    if (this.#file === undefined) return;
    await mkdir(path.dirname(this.#file), { recursive: true, mode: 0o700 });
    const text = `${JSON.stringify(
      [...this.#known.values()].map(({ silence }) => silence),
      undefined,
      2,
    )}\n`;
    const temporary = `${this.#file}.new`;
    const handle = await open(temporary, 'w', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, this.#file);
  }
}

async function readOrNothing(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

function isSilence(value: unknown): value is Silence {
  const given = value as Partial<Silence> | null;
  return (
    typeof given === 'object' &&
    given !== null &&
    typeof given.id === 'string' &&
    typeof given.start === 'number' &&
    typeof given.end === 'number' &&
    typeof given.match === 'object'
  );
}
