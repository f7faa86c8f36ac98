import { afterAll, beforeAll, describe, expect } from 'vitest';
import { outputs, type OutputId } from '../../../src/app/registry.ts';
import type { OpenOutput, OutputContext, OutputSpec } from '../../../src/model/output.ts';
import { openOutput, outputContext } from '../../kit/outputs.ts';
import { proofs, type SuiteName } from '../proven.ts';
import { type Backend, type BackendSpec, programPath, startBackend } from './backend.ts';

/** What the tests of a server are given. */
export interface Stage {
  readonly backend: Backend;
  /** Opens an output by its configuration; closed at the end. */
  readonly open: (id: OutputId, config: object, parts?: Partial<OutputContext>) => Promise<OpenOutput>;
}

/**
 * Tests against a real server. Where its program is not installed they are skipped, and say so; on CI, which installs all that
 * `required` says, that is a failure. What the suite proves is what ../proven.ts says of its name.
 */
export function backendSuite(
  name: SuiteName,
  spec: BackendSpec,
  tests: (stage: () => Stage) => void,
  { required }: { readonly required: boolean } = { required: true },
): void {
  const isMissing = programPath(spec.command) === undefined;
  const mayMiss = process.env['CI'] === undefined || !required;
  describe.skipIf(isMissing && mayMiss)(isMissing ? `${name} (${spec.command} is not installed)` : name, () => {
    let backend: Backend | undefined;
    const opened: OpenOutput[] = [];
    const ids = new Set<OutputId>();
    beforeAll(async () => {
      backend = await startBackend(spec);
    });
    // The library reads from the text of the function that it wants no fixture.
    // oxlint-disable-next-line no-empty-pattern
    afterAll(async ({}, { tasks }) => {
      for (const output of opened) await output.close();
      await backend?.stop();
      const isWhole = tasks.every(({ result }) => result?.state === 'pass');
      const { outputs: wanted, proxied = [] } = proofs[name];
      if (isWhole) expect(ids).toEqual(new Set([...wanted, ...proxied]));
    });
    tests(() => ({
      backend: backend!,
      async open(id, config, parts) {
        ids.add(id);
        const { default: output } = await outputs[id]();
        const open = await openOutput(output as unknown as OutputSpec, config, outputContext(parts));
        opened.push(open);
        return open;
      },
    }));
  });
}
