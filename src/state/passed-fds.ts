import type { Event } from '../model/event.ts';
import type { StateContext } from './context.ts';
import { loadFds } from './discovery.ts';
import type { TrackedThread } from './tracked-thread.ts';

/** struct cmsghdr on 64-bit Linux: u64 length with this header, i32 level, i32 type; each begins at a multiple of 8. */
const headerSize = 16;
const socketLevel = 1;
const rights = 1;
/** Most descriptors that one message can carry (SCM_MAX_FD). */
const maxPassed = 253;

/** The numbers of the descriptors that came with a message, from its control data in parameter i. */
function passedNumbers(event: Event, i: number): number[] {
  const { view } = event;
  const start = event.starts[i]!;
  const size = event.size(i);
  const numbers: number[] = [];
  let at = 0;
  while (at + headerSize <= size) {
    const length = view.getUint32(start + at, true);
    if (length < headerSize || at + length > size || view.getUint32(start + at + 4, true) !== 0) break;
    const isRights =
      view.getInt32(start + at + 8, true) === socketLevel && view.getInt32(start + at + 12, true) === rights;
    for (let k = headerSize; isRights && k + 4 <= length && numbers.length < maxPassed; k += 4) {
      numbers.push(view.getInt32(start + at + k, true));
    }
    at += (length + 7) & ~7;
  }
  return numbers;
}

/**
 * Descriptors that another process passed: the event has only their numbers, so live the kernel is asked what they are.
 * @param i Parameter with the control data.
 */
export function takePassedFds(context: StateContext, event: Event, thread: TrackedThread, i: number): void {
  if (context.lookupThread === undefined || !event.has(i)) return;
  const numbers = new Set(passedNumbers(event, i));
  if (numbers.size === 0) return;
  const found = context.lookupThread(thread.pid);
  if (found === undefined) return;
  const passed = found.fds.filter((entry) => numbers.has(entry.fd));
  loadFds(context, thread, passed);
}
