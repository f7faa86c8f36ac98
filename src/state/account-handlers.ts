import type { Event } from '../model/event.ts';
import type { StateContext } from './context.ts';
import { readContainer } from './container-table.ts';

function containerKey(event: Event, i: number): string {
  return event.has(i) ? event.text(i) || 'host' : 'host';
}

export function userAdded(context: StateContext, event: Event): void {
  const user = {
    uid: event.u32(0),
    gid: event.u32(1),
    name: event.text(2),
    home: event.text(3),
    shell: event.text(4),
  };
  const key = containerKey(event, 5);
  if (!keepsAccountsOf(context, key)) return;
  context.accounts.addUser(key, user);
  context.areClassesStale = true;
}

/**
 * Upstream: a replay knows users of containers only by number, even when the capture has their names. Saker's own recordings,
 * of which alone the boot time is known here, are judged as the machine was.
 */
function keepsAccountsOf(context: StateContext, key: string): boolean {
  return key === 'host' || context.lookupThread !== undefined || context.bootTime !== 0n;
}

export function userDeleted(context: StateContext, event: Event): void {
  context.accounts.removeUser(containerKey(event, 5), event.u32(0));
  context.areClassesStale = true;
}

export function groupAdded(context: StateContext, event: Event): void {
  const key = containerKey(event, 2);
  if (!keepsAccountsOf(context, key)) return;
  context.accounts.addGroup(key, { gid: event.u32(0), name: event.text(1) });
  context.areClassesStale = true;
}

export function groupDeleted(context: StateContext, event: Event): void {
  context.accounts.removeGroup(containerKey(event, 2), event.u32(0));
  context.areClassesStale = true;
}

/** What an engine says of a container holds for its event already; one that was removed goes when the rules have seen that. */
function setContainer(context: StateContext, event: Event, json: string, isRemoved: boolean): void {
  const container = readContainer(json);
  if (container === undefined) return;
  context.containers.set(container);
  context.areClassesStale = true;
  if (isRemoved) context.leavingContainer = container.id;
  const thread = context.engineThread;
  thread.containerId = container.id;
  thread.ruleClass = -1;
  event.thread = thread;
}

export function removeContainer(context: StateContext): void {
  const id = context.leavingContainer;
  context.leavingContainer = '';
  context.containers.delete(id);
  context.accounts.removeContainer(id);
  context.areClassesStale = true;
}

export function containerJson(context: StateContext, event: Event): void {
  setContainer(context, event, event.text(0), false);
}

/** Events that container engines' watchers put between those of the kernel. */
export function asyncEvent(context: StateContext, event: Event): void {
  const name = event.text(1);
  if (name === 'container' || name === 'container_removed') {
    setContainer(context, event, event.text(2), name === 'container_removed');
  }
}
