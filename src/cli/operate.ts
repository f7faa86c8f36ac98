import { readFileSync } from 'node:fs';
import type { GeneralSettings } from '../app/delivery/general.ts';
import { prepareDelivery, readFromDisk } from '../app/delivery/prepare.ts';
import { printable } from '../base/log.ts';
import { CommandError, type Io } from './command.ts';
import { showDiagnostics } from './deliver.ts';
import type { Options, Values } from './options.ts';
import { versions } from './versions.ts';

const usualUrl = 'http://127.0.0.1:2801';
const timeoutMs = 10_000;

/** Options of all commands that ask a running delivery. */
export const operateOptions = {
  config: {
    short: 'c',
    value: 'FILE',
    about: 'The configuration that it runs with, for where it listens and its token.',
  },
  url: { value: 'URL', about: `Where \`saker deliver\` listens (default ${usualUrl}).` },
  'token-file': {
    value: 'FILE',
    about:
      'File with the token that it asks for; without it, the configuration or the environment variable BEARERTOKEN counts.',
  },
} as const satisfies Options;

/** What a configuration says of the delivery that runs with it. @throws CommandError */
async function configured(file: string | undefined, io: Io): Promise<GeneralSettings | undefined> {
  if (file === undefined) return undefined;
  const { environment } = io;
  const logger = { log: () => undefined };
  const prepared = await prepareDelivery({ file, environment, logger, version: versions().saker, read: readFromDisk });
  if (prepared.ok) return prepared.general;
  showDiagnostics(prepared.diagnostics, io);
  throw new CommandError('the configuration has errors');
}

function urlOf({ '': { listenaddress, listenport }, tlsserver }: GeneralSettings): string {
  const isAnywhere = ['', '0.0.0.0', '::'].includes(listenaddress);
  const host = isAnywhere ? '127.0.0.1' : listenaddress.includes(':') ? `[${listenaddress}]` : listenaddress;
  return `${tlsserver.deploy ? 'https' : 'http'}://${host}:${listenport}`;
}

function tokenOf(file: string | undefined, general: GeneralSettings | undefined, io: Io): string | undefined {
  if (file === undefined) return general?.[''].bearertoken ?? io.environment['BEARERTOKEN'];
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new CommandError(`can't read ${file}: ${(error as Error).message}`);
  }
}

/** Asks a running delivery. @returns what it answers. @throws CommandError with its reason */
export async function ask(
  values: Values<typeof operateOptions>,
  io: Io,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  body?: object,
): Promise<unknown> {
  const general = await configured(values.config, io);
  const url = (values.url ?? (general === undefined ? usualUrl : urlOf(general))).replace(/\/+$/, '');
  const token = tokenOf(values['token-file'], general, io);
  let answer: Response;
  try {
    answer = await fetch(`${url}${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...(token === undefined || token === '' ? {} : { Authorization: `Bearer ${token}` }),
      },
      signal: AbortSignal.timeout(timeoutMs),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch (error) {
    const { cause, message } = error as Error;
    const reason = cause instanceof Error && cause.message !== '' ? cause.message : message;
    throw new CommandError(`no delivery answers at ${url}: ${printable(reason)}; is \`saker deliver\` running there?`);
  }
  const text = await answer.text();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = { error: text.trim() };
  }
  if (answer.ok) return value;
  const { error = `status ${answer.status}` } = value as { error?: string };
  throw new CommandError(printable(error));
}
