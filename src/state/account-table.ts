import type { Group, User } from '../model/machine.ts';

/** Users and groups by container id ('host' for the machine's own) and number. */
export class AccountTable {
  /** Entries that were not kept because the table was full. */
  dropped = 0;
  readonly #max: number;
  #count = 0;
  readonly #users = new Map<string, Map<number, User>>();
  readonly #groups = new Map<string, Map<number, Group>>();

  constructor(max: number) {
    this.#max = max;
  }

  user(containerId: string, uid: number): User | undefined {
    return this.#users.get(containerId)?.get(uid);
  }

  group(containerId: string, gid: number): Group | undefined {
    return this.#groups.get(containerId)?.get(gid);
  }

  /** A new list for the machine replaces the old one. */
  setHost(users: readonly User[] | undefined, groups: readonly Group[] | undefined): void {
    if (users !== undefined) {
      this.#forget(this.#users, 'host');
      for (const user of users) this.addUser('host', user);
    }
    if (groups !== undefined) {
      this.#forget(this.#groups, 'host');
      for (const group of groups) this.addGroup('host', group);
    }
  }

  hostUsers(): User[] {
    return [...(this.#users.get('host')?.values() ?? [])];
  }

  hostGroups(): Group[] {
    return [...(this.#groups.get('host')?.values() ?? [])];
  }

  addUser(containerId: string, user: User): void {
    if (!isNss(user.name)) this.#put(this.#users, containerId, user.uid, user);
  }

  addGroup(containerId: string, group: Group): void {
    if (!isNss(group.name)) this.#put(this.#groups, containerId, group.gid, group);
  }

  removeUser(containerId: string, uid: number): void {
    if (this.#users.get(containerId)?.delete(uid)) this.#count--;
  }

  removeGroup(containerId: string, gid: number): void {
    if (this.#groups.get(containerId)?.delete(gid)) this.#count--;
  }

  /** The container is gone, and its users with it. */
  removeContainer(containerId: string): void {
    if (containerId === 'host') return;
    this.#forget(this.#users, containerId);
    this.#forget(this.#groups, containerId);
  }

  #put<T>(tables: Map<string, Map<number, T>>, containerId: string, id: number, value: T): void {
    let table = tables.get(containerId);
    const isNew = table === undefined || !table.has(id);
    if (isNew && this.#count >= this.#max) {
      this.dropped++;
      return;
    }
    if (table === undefined) {
      table = new Map();
      tables.set(containerId, table);
    }
    table.set(id, value);
    if (isNew) this.#count++;
  }

  #forget<T>(tables: Map<string, Map<number, T>>, containerId: string): void {
    this.#count -= tables.get(containerId)?.size ?? 0;
    tables.delete(containerId);
  }
}

/** Lines of passwd and group that refer to a network service name no account. */
function isNss(name: string): boolean {
  return name.startsWith('+') || name.startsWith('-');
}
