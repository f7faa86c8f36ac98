import { readCapture } from '../src/capture/reader.ts';
import type { Snapshot } from '../src/model/machine.ts';

/** The events of a capture, one behind the other, so that reading files and unpacking cost nothing any more. */
export interface CaptureMemory {
  readonly bytes: Buffer;
  /** Offsets of the events. */
  readonly starts: Int32Array;
  readonly snapshots: readonly Snapshot[];
}

/** @throws SourceError */
export async function loadCapture(path: string): Promise<CaptureMemory> {
  let bytes = Buffer.alloc(1 << 26);
  let used = 0;
  const starts: number[] = [];
  const snapshots: Snapshot[] = [];
  await readCapture({
    path,
    sink: {
      snapshot: (snapshot) => void snapshots.push(snapshot),
      lost: () => undefined,
      event: (from, view, header) => {
        const size = view.getUint32(header + 16, true);
        if (used + size > bytes.length) bytes = Buffer.concat([bytes, Buffer.alloc(bytes.length)]);
        from.copy(bytes, used, header, header + size);
        starts.push(used);
        used += size;
      },
    },
    signal: new AbortController().signal,
    batchEnd: () => undefined,
  });
  return { bytes, starts: Int32Array.from(starts), snapshots };
}
