import type { Notice, NoticeValue } from '../model/notice.ts';

/**
 * What an alert says of process, user, container, file and connection, under one name each, whatever the rule printed: other
 * formats are made of this. undefined: the rule's output does not have it.
 */
export interface Facts {
  readonly process: Partial<Record<'name' | 'executable' | 'commandLine' | 'directory', string>> & {
    readonly pid?: number;
  };
  readonly parent: Partial<Record<'name' | 'executable' | 'commandLine', string>> & { readonly pid?: number };
  readonly user: { readonly name?: string; readonly uid?: string };
  readonly container: Partial<Record<'id' | 'name' | 'image' | 'tag' | 'digest' | 'runtime', string>>;
  readonly pod: Partial<Record<'name' | 'namespace' | 'uid', string>>;
  readonly file: string | undefined;
  readonly client: { readonly ip?: string; readonly port?: number };
  readonly server: { readonly ip?: string; readonly port?: number };
  readonly protocol: string | undefined;
}

const nothing = new Set(['', '<NA>', '<NULL>', 'N/A']);

function textOf(value: NoticeValue | undefined): string | undefined {
  if (value === undefined || value === null || typeof value === 'object') return undefined;
  const text = String(value);
  return nothing.has(text) ? undefined : text;
}

function numberOf(value: NoticeValue | undefined): number | undefined {
  const text = textOf(value);
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** An object without the keys that have no value. */
function known<T extends Record<string, unknown>>(parts: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined)) as never;
}

export function factsOf({ fields }: Notice): Facts {
  const text = (...names: readonly string[]): string | undefined => {
    for (const name of names) {
      const value = textOf(fields.get(name));
      if (value !== undefined) return value;
    }
    return undefined;
  };
  const number = (name: string): number | undefined => numberOf(fields.get(name));
  const isFile = (text('fd.type') ?? 'file') === 'file' && text('fd.sip', 'fd.cip') === undefined;
  const name = text('fs.path.name', 'evt.arg.path', ...(isFile ? ['fd.name'] : []));
  return {
    process: known({
      pid: number('proc.pid'),
      name: text('proc.name'),
      executable: text('proc.exepath', 'proc.exe'),
      commandLine: text('proc.cmdline'),
      directory: text('proc.cwd'),
    }),
    parent: known({
      pid: number('proc.ppid'),
      name: text('proc.pname'),
      executable: text('proc.pexepath'),
      commandLine: text('proc.pcmdline'),
    }),
    user: known({ name: text('user.name'), uid: text('user.uid') }),
    container: known({
      id: text('container.id'),
      name: text('container.name'),
      image: text('container.image.repository', 'container.image'),
      tag: text('container.image.tag'),
      digest: text('container.image.digest'),
      runtime: text('container.type'),
    }),
    pod: known({
      name: text('k8s.pod.name', 'ka.target.name'),
      namespace: text('k8s.ns.name', 'ka.target.namespace'),
      uid: text('k8s.pod.uid'),
    }),
    file: name,
    client: known({ ip: text('fd.cip'), port: number('fd.cport') }),
    server: known({ ip: text('fd.sip'), port: number('fd.sport') }),
    protocol: text('fd.l4proto'),
  };
}
