import { mkdtempSync, rmSync } from 'node:fs';
import type { ServerOptions } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, vi } from 'vitest';
import type { Alert } from '../../src/model/alert.ts';
import { type In, parse } from '../../src/model/schema.ts';
import type { OpenWriter } from '../../src/model/writer.ts';
import output from '../../src/writers/http/index.ts';
import { PostServer } from './post-server.ts';

/** An alert of which only the line matters. */
export function alertLine(line: string): Alert {
  const rest = { hostname: 'h', rule: 'r', priority: 'Notice', source: 'syscall', tags: [], message: line } as const;
  return { time: 0n, fields: new Map(), line, ...rest };
}

/** What tests of the writer `http` work with; all of it ends behind each test, the folder behind all. */
export interface HttpWriterStage {
  readonly folder: string;
  /** Where a test starts them itself: ended with the others. */
  readonly servers: PostServer[];
  readonly serve: (tls?: ServerOptions) => Promise<PostServer>;
  readonly open: (config: In<typeof output.config>) => Promise<OpenWriter>;
}

/** To be called once, outside of tests. */
export function httpWriterStage(): HttpWriterStage {
  let folder = '';
  const servers: PostServer[] = [];
  const writers: OpenWriter[] = [];
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'saker-http-'));
  });
  // A proxy of this machine is none of the tests' business.
  beforeEach(() => void vi.stubEnv('NO_PROXY', '127.0.0.1'));
  afterEach(async () => {
    vi.unstubAllEnvs();
    for (const writer of writers.splice(0)) await writer.close();
    for (const server of servers.splice(0)) await server.close();
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  return {
    get folder() {
      return folder;
    },
    servers,
    async serve(tls) {
      const server = await new PostServer(tls).listen();
      servers.push(server);
      return server;
    },
    async open(config) {
      const parsed = parse(output.config, config);
      if (!parsed.success) throw new Error(parsed.issues[0].message);
      const opened = await output.open(parsed.output, { logger: { log: () => undefined } });
      writers.push(opened);
      return opened;
    },
  };
}
