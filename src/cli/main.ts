import { enableCompileCache } from 'node:module';
import path from 'node:path';

// What bin/saker sets is not for the programs that we start.
delete process.env['NODE_COMPILE_CACHE'];
if (process.env['MALLOC_ARENA_MAX'] === '2') delete process.env['MALLOC_ARENA_MAX'];
const ownOption = /^--max-semi-space-size=[48] --preserve-symlinks --preserve-symlinks-main --disable-sigusr1(?: |$)/;
const nodeOptions = process.env['NODE_OPTIONS']?.replace(ownOption, '') ?? '';
if (nodeOptions === '') delete process.env['NODE_OPTIONS'];
else process.env['NODE_OPTIONS'] = nodeOptions;
// Started in another way: the same folder. Without it, starting takes three times as long.
enableCompileCache(path.join(import.meta.dirname, '../../build/compile-cache'));
// Whoever rotates logs may send it to commands that have nothing to reopen: it is not to end them.
process.on('SIGUSR1', () => undefined);
const [{ main }, { thisProcess }] = await Promise.all([import('./dispatch.ts'), import('../app/rights/restrict.ts')]);
const program = path.join(import.meta.dirname, '../../bin/saker');

// Whoever reads us may stop reading (`| head`): that is no failure, but a full disk is.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  process.stderr.write(`saker: can't write to standard output: ${error.message}\n`);
  process.exit(1);
});
process.stderr.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

process.exitCode = await main(process.argv.slice(2), {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  environment: process.env,
  rights: thisProcess((environment) => {
    process.execve?.(program, [program, ...process.argv.slice(2)], environment as Record<string, string>);
  }),
});
// All is done and, where nothing waits any more, written: to take the heap down piece by piece would cost more time than a
// small capture. Failed writes are told before.
setImmediate(() => {
  if (process.stdout.writableLength === 0 && process.stderr.writableLength === 0) process.exit();
});
