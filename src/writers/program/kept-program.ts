import type { Logger } from '../../base/log.ts';
import type { Descriptors } from '../descriptors.ts';
import { OutputError } from '../fd-writer.ts';
import { ShellProcess } from './shell-process.ts';

export interface ProgramOptions {
  readonly command: string;
  /** Milliseconds that the program may take for one alert; infinite: as long as it likes. */
  readonly timeoutMs: number;
  /** Milliseconds that it may take to end when its input ends. */
  readonly closeMs: number;
  readonly descriptors: Descriptors;
  readonly logger: Logger;
}

/** Programs in a row that may end without having read an alert; then the alerts that wait are given up. */
const mostFruitless = 2;

/** The name of the output in errors: the command may hold passwords. */
export const outputName = 'the program';

/**
 * One program for all alerts, started anew when it has ended. What a program leaves unread in its pipe goes to the next
 * one; what it has read is its own affair.
 */
export class KeptProgram {
  readonly #options: ProgramOptions;
  #process: ShellProcess | undefined;
  /** The one whose end was asked for. */
  #leaving: ShellProcess | undefined;
  /** Lines that no program has been given, or none has read. */
  #waiting: Buffer[] = [];
  #delivering: Promise<void> | undefined;
  /** When all has to be over; infinite until it is closed. */
  #closeBy = Number.POSITIVE_INFINITY;
  #fruitless = 0;
  #lost = 0;
  /** What went wrong and was not told to a caller yet. */
  #problem: Error | undefined;
  #ends = 0;
  #nextReport = 1;

  constructor(options: ProgramOptions) {
    this.#options = options;
    // At once: a command that can't be run shows at the start, not with the first alert.
    this.#start();
  }

  /** Resolves when the line is in the pipe. Rejects when alerts were lost since the last call, or this one. */
  async write(line: Buffer): Promise<void> {
    if (this.#closeBy < Number.POSITIVE_INFINITY) throw new OutputError(outputName, new Error('the output is closed'));
    this.#waiting.push(line);
    await this.#deliver();
    this.#throwProblem();
  }

  /** Ends the program and starts it again. */
  async reopen(): Promise<void> {
    await this.#delivering;
    this.#leaving = this.#process;
    await this.#stop();
    this.#start();
    await this.#deliver();
    this.#throwProblem();
  }

  /** Ends the program, within the time for that. Rejects when it failed, or alerts were lost. */
  async close(): Promise<void> {
    this.#closeBy = performance.now() + this.#options.closeMs;
    let last: ShellProcess | undefined;
    do {
      last = this.#process ?? last;
      this.#leaving = this.#process;
      await this.#stop();
      await this.#deliver();
    } while (this.#process !== undefined);
    if (last?.end?.isGood === false) this.#problem ??= new Error(`it ${last.end.text}`);
    this.#giveUp('it did not read them in time');
    this.#throwProblem();
  }

  #throwProblem(): void {
    if (this.#problem === undefined) return;
    const lost = this.#lost > 0 ? `; alerts lost: ${this.#lost}` : '';
    const error = new OutputError(outputName, new Error(`${this.#problem.message}${lost}`, { cause: this.#problem }));
    this.#problem = undefined;
    this.#lost = 0;
    throw error;
  }

  #start(): ShellProcess {
    const started = new ShellProcess(this.#options.command, this.#options.descriptors);
    this.#process = started;
    void started.ended.then(() => this.#hasEnded(started));
    return started;
  }

  /** Writes what waits; calls while that goes on share it. Never rejects. */
  #deliver(): Promise<void> {
    this.#delivering ??= this.#run().finally(() => {
      this.#delivering = undefined;
    });
    return this.#delivering;
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0 && performance.now() < this.#closeBy) {
      let program = this.#process;
      try {
        program ??= this.#start();
      } catch (error) {
        this.#giveUp((error as Error).message);
        return;
      }
      try {
        // From here on the line is the program's: it comes back with what it leaves unread.
        await program.write(this.#waiting.shift()!, performance.now() + this.#options.timeoutMs);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ETIMEDOUT') this.#problem = error as Error;
        // A program that has closed its input is of no use, also when it goes on.
        await this.#stop(program);
      }
    }
  }

  /** Ends the program: by the end of its input, or by force. */
  async #stop(program: ShellProcess | undefined = this.#process): Promise<void> {
    if (program === undefined) return;
    program.closeInput();
    const time = Math.min(this.#options.closeMs, this.#closeBy - performance.now());
    if (!(await program.endsWithin(Math.max(0, time)))) await program.kill();
    this.#hasEnded(program);
  }

  #hasEnded(program: ShellProcess): void {
    if (this.#process !== program) return;
    this.#process = undefined;
    const how = program.end?.text ?? 'does not end, not even by SIGKILL';
    const { unread, hasRead } = program.leftOver();
    this.#waiting.unshift(...unread);
    this.#fruitless = hasRead ? 0 : this.#fruitless + 1;
    if (this.#fruitless >= mostFruitless) this.#giveUp(`it ${how} without reading`);
    if (program !== this.#leaving || program.end?.isGood !== true) this.#report(how, unread.length);
    void this.#deliver();
  }

  /** What waits is lost. */
  #giveUp(why: string): void {
    if (this.#waiting.length === 0) return;
    this.#lost += this.#waiting.length;
    this.#waiting = [];
    this.#problem ??= new Error(why);
  }

  /** The first end, and each time their number has doubled. */
  #report(how: string, unread: number): void {
    this.#ends++;
    if (this.#ends < this.#nextReport) return;
    this.#nextReport = this.#ends * 2;
    const fields = { how, unread, times: this.#ends };
    this.#options.logger.log('warning', 'the program that gets the alerts has ended', fields);
  }
}
