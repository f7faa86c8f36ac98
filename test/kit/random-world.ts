import { Event } from '../../src/model/event.ts';
import { events } from '../../src/model/event-table.ts';
import { Fd, fdFlags, fdType } from '../../src/model/fd.ts';
import { PathName } from '../../src/model/path-name.ts';
import { Thread } from '../../src/model/thread.ts';
import { addresses, codes, type Random, texts } from './random-rules.ts';

/** Threads, descriptors and names that change from event to event as a machine's do. */
export class World {
  readonly event = new Event();
  readonly #random: Random;
  readonly #threads: Thread[] = [];
  readonly #children = new Map<Thread, Thread[]>();
  readonly #fds: Fd[] = [];
  readonly #paths = texts.map((text) => new PathName(text, text));

  constructor(random: Random) {
    this.#random = random;
    for (let i = 0; i < 8; i++) this.#threads.push(this.#newThread());
    for (let i = 0; i < 12; i++) this.#fds.push(this.#newFd());
  }

  #newThread(): Thread {
    const thread = new Thread();
    thread.parent = this.#threads.length === 0 ? null : this.#random.pick(this.#threads);
    this.#children.set(thread, []);
    if (thread.parent !== null) this.#children.get(thread.parent)!.push(thread);
    this.#change(thread);
    return thread;
  }

  #change(thread: Thread): void {
    const random = this.#random;
    thread.comm = random.pick(texts);
    thread.exe = random.pick(texts);
    thread.args = Array.from({ length: random.below(3) }, () => random.pick(texts));
    thread.pid = random.below(5);
    thread.exeIno = random.chance(50) ? random.below(4) : 2n ** 60n + 1n;
    thread.exeWritable = random.chance(50);
    thread.execTime = BigInt(random.below(5));
    this.#resetClass(thread);
  }

  #newFd(): Fd {
    const random = this.#random;
    const fd = new Fd();
    fd.flags = random.below(4) + (random.chance(15) ? fdFlags.absent : 0);
    fd.ino = random.below(3);
    if (random.chance(60)) {
      fd.type = random.chance(80) ? fdType.file : fdType.directory;
      fd.path = random.pick(this.#paths);
    } else {
      fd.type = random.chance(70) ? fdType.ipv4Socket : fdType.ipv4Server;
      fd.sourceIp = random.pick(addresses);
      fd.destIp = random.pick(addresses);
      fd.sourcePort = random.below(4);
      fd.destPort = random.below(4);
      fd.l4proto = 2;
    }
    return fd;
  }

  /** Changes something at times, then makes the next event. */
  next(): Event {
    const random = this.#random;
    if (random.chance(10)) this.#change(random.pick(this.#threads));
    if (random.chance(5)) this.#threads[random.below(8)] = this.#newThread();
    if (random.chance(15)) this.#fds[random.below(12)] = this.#newFd();
    if (random.chance(5)) {
      const place = random.below(12);
      const changed = this.#fds[place]!.clone();
      changed.flags = random.below(4);
      this.#fds[place] = changed;
    }
    const event = this.event;
    event.num++;
    event.type = random.pick(codes);
    event.info = events[event.type]!;
    event.tid = random.below(texts.length + 5);
    event.cpu = random.below(texts.length + 5);
    event.thread = random.chance(90) ? random.pick(this.#threads) : null;
    event.fd = event.thread !== null && random.chance(75) ? random.pick(this.#fds) : null;
    event.hasFdNum = random.chance(60);
    event.fdNum = random.below(6) - 2;
    return event;
  }

  #resetClass(thread: Thread): void {
    thread.ruleClass = -1;
    for (const child of this.#children.get(thread)!) this.#resetClass(child);
  }
}
