import type { OpenWriter } from '../../model/writer.ts';
import { lineWriter } from '../../model/writer.ts';
import { count, flag, object, secret } from '../../model/schema.ts';
import { loadDescriptors } from '../descriptors.ts';
import { OutputError } from '../fd-writer.ts';
import { KeptProgram, outputName, type ProgramOptions } from './kept-program.ts';
import { ShellProcess } from './shell-process.ts';

/** A program for each alert. */
class ProgramPerAlert {
  readonly #options: ProgramOptions;
  #running: ShellProcess | undefined;
  #isClosed = false;

  constructor(options: ProgramOptions) {
    this.#options = options;
  }

  /** Resolves when the program has ended well; it need not read the alert. */
  async write(line: Buffer): Promise<void> {
    const { command, descriptors, timeoutMs } = this.#options;
    if (this.#isClosed) throw new Error('the output is closed');
    const deadline = performance.now() + timeoutMs;
    const program = new ShellProcess(command, descriptors);
    this.#running = program;
    let failure: Error | undefined;
    try {
      await program.write(line, deadline);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EPIPE') failure = error as Error;
    }
    program.closeInput();
    const isLate = !(await program.endsWithin(deadline - performance.now()));
    if (isLate) await program.kill();
    program.leftOver();
    this.#running = undefined;
    const how = `it ${program.end?.text ?? 'does not end, not even by SIGKILL'}`;
    if (isLate) throw new Error(`it took longer than ${timeoutMs} ms; ${how}`);
    if (program.end?.isGood !== true) throw new Error(how);
    if (failure !== undefined) throw failure;
  }

  /** A program that is still at it gets a little more time. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const program = this.#running;
    if (program !== undefined && !(await program.endsWithin(this.#options.closeMs))) await program.kill();
  }
}

function perAlert(options: ProgramOptions): OpenWriter {
  const programs = new ProgramPerAlert(options);
  return {
    async write(alert) {
      try {
        await programs.write(Buffer.from(`${alert.line}\n`));
      } catch (error) {
        throw new OutputError(outputName, error);
      }
    },
    close: () => programs.close(),
  };
}

function kept(options: ProgramOptions): OpenWriter {
  const program = new KeptProgram(options);
  return {
    write: (alert) => program.write(Buffer.from(`${alert.line}\n`)),
    reopen: () => program.reopen(),
    close: () => program.close(),
  };
}

export default lineWriter({
  id: 'program',
  summary: 'Gives each alert as a line to the standard input of a program.',
  description:
    "The program is a shell command; what it prints goes where Saker's own output goes. Its exit status other than 0, " +
    'or the signal that ended it, is reported.',
  since: '0.1.0',
  stability: 'stable',
  config: object({
    program: secret('The command, for /bin/sh.'),
    keepAlive: flag(
      false,
      'One program for all alerts, started anew when it ends, and by SIGUSR1. Otherwise each alert has one, and the ' +
        'next alert waits for its end.',
    ),
    timeoutMs: count(
      60_000,
      'Milliseconds for one alert, after which the program is killed so that others are not held up; 0: no limit.',
    ),
    closeMs: count(1000, 'Milliseconds that a program may go on at the end before it is killed.'),
  }),
  examples: [
    { title: 'a mail for each alert', config: { program: 'mail -s "Security alert" root' } },
    {
      title: 'chat',
      config: {
        program: `jq --unbuffered -c '{text: .output}' | while read -r a; do curl -sd "$a" "$CHAT_URL"; done`,
        keepAlive: true,
      },
    },
  ],
  open({ program, keepAlive, timeoutMs, closeMs }, { logger }) {
    const limit = timeoutMs === 0 ? Number.POSITIVE_INFINITY : timeoutMs;
    const options = { command: program, timeoutMs: limit, closeMs, descriptors: loadDescriptors(), logger };
    return keepAlive ? kept(options) : perAlert(options);
  },
});
