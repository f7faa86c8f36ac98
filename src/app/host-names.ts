import { lookup } from 'node:dns/promises';
import type { BoundExpr } from '../engine/bound.ts';
import { parseIpv4, parseIpv6 } from '../lang/addresses.ts';

/** How long what a name resolved to is used before it is looked up again. */
const refreshMs = 60_000;
/** Between two look-ups, so that they neither load a resolver nor keep the process from ending. */
const pauseMs = 20;
/** Names and addresses that are kept. */
const mostNames = 1000;
const mostAddresses = 16_384;

/** Addresses of a name, as text. */
export type Resolve = (name: string) => Promise<readonly string[]>;

async function systemResolver(name: string): Promise<readonly string[]> {
  return (await lookup(name, { all: true })).map(({ address }) => address);
}

const nameFields = new Set(['fd.cip.name', 'fd.sip.name', 'fd.lip.name', 'fd.rip.name']);

/** The host names that conditions compare `fd.*ip.name` with, in their order. */
export function namesInConditions(conditions: readonly BoundExpr[]): string[] {
  const names = new Set<string>();
  for (const condition of conditions) collect(condition, names);
  return [...names].slice(0, mostNames);
}

function collect(expr: BoundExpr, names: Set<string>): void {
  if (expr.kind === 'not') return collect(expr.item, names);
  if (expr.kind !== 'check') {
    for (const item of expr.items) collect(item, names);
    return undefined;
  }
  if (!nameFields.has(expr.left.field?.name ?? '') || expr.right.kind !== 'literals') return undefined;
  for (const literal of expr.right.literals) {
    // Patterns and parts of names can't be looked up.
    if (typeof literal === 'string' && /^[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,252}$/.test(literal)) names.add(literal);
  }
  return undefined;
}

/**
 * Knows which of some host names an address belongs to. The names are looked up one after the other, now and again, beside
 * the events: nobody waits for a resolver.
 */
export class HostNames {
  readonly #names: readonly string[];
  readonly #resolve: Resolve;
  readonly #now: () => number;
  #byAddress = new Map<string, string>();
  #due = Number.NEGATIVE_INFINITY;
  #isBusy = false;

  constructor(
    names: readonly string[],
    resolve: Resolve = systemResolver,
    now: () => number = () => performance.now(),
  ) {
    this.#names = names;
    this.#resolve = resolve;
    this.#now = now;
    if (names.length > 0) this.#refreshWhenDue();
  }

  /**
   * The name, of those given, that an address (4 or 16 bytes) belongs to, the first one where several do.
   * undefined: none, as far as is known by now.
   */
  of(address: string): string | undefined {
    if (this.#names.length > 0) this.#refreshWhenDue();
    return this.#byAddress.get(address);
  }

  #refreshWhenDue(): void {
    if (this.#isBusy || this.#now() < this.#due) return;
    this.#isBusy = true;
    void this.#refresh();
  }

  async #refresh(): Promise<void> {
    const before = new Map<string, string[]>();
    for (const [address, name] of this.#byAddress) before.set(name, [...(before.get(name) ?? []), address]);
    const found = new Map<string, string>();
    for (const name of this.#names) {
      // A resolver that fails for a moment does not make an address unknown.
      for (const address of (await this.#addresses(name)) ?? before.get(name) ?? []) {
        if (found.size < mostAddresses && !found.has(address)) found.set(address, name);
        if (!this.#byAddress.has(address)) this.#byAddress.set(address, name);
      }
    }
    this.#byAddress = found;
    this.#due = this.#now() + refreshMs;
    this.#isBusy = false;
  }

  /** As bytes; undefined: the resolver has no answer. */
  async #addresses(name: string): Promise<string[] | undefined> {
    await new Promise<void>((resolve) => void setTimeout(resolve, pauseMs).unref());
    try {
      const texts = await this.#resolve(name);
      return texts.map((text) => parseIpv4(text) ?? parseIpv6(text)).filter((bytes) => bytes !== undefined);
    } catch {
      return undefined;
    }
  }
}

/**
 * What the state is given to know host names by: nothing in a replay, since names of today say nothing of a capture's time.
 * @param rules those that are enabled.
 */
export function hostNameOption(
  rules: readonly { readonly condition: BoundExpr }[],
  isLive: boolean,
): { readonly hostName?: (address: string) => string | undefined } {
  const wanted = isLive ? namesInConditions(rules.map(({ condition }) => condition)) : [];
  if (wanted.length === 0) return {};
  const names = new HostNames(wanted);
  return { hostName: (address) => names.of(address) };
}
