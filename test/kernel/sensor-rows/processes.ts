import { clone, res, type Row } from './kit.ts';

/** Calls that make processes, as the caller's side tells of them, and programs that could not be executed. */
export const processRows: readonly Row[] = [
  {
    label: 'clone',
    code: 'SYSCALL_CLONE_20_X',
    params: {
      res: res('clone'),
      tid: res('pid'),
      pid: res('pid'),
      flags: clone('CLONE_FILES'),
      uid: 0,
      gid: 0,
      vtid: res('pid'),
      vpid: res('pid'),
      pidns_init_start_ts: 0,
    },
  },
  { label: 'fork', code: 'SYSCALL_FORK_20_X', params: { res: res('fork'), flags: 0 } },
  { label: 'clone3', code: 'SYSCALL_CLONE3_X', params: { res: res('clone3'), flags: clone('CLONE_FS') } },
  { label: 'vfork', code: 'SYSCALL_VFORK_20_X', params: { res: res('vfork'), flags: 0, comm: 'vfork' } },
  {
    label: 'execve-none',
    code: 'SYSCALL_EXECVE_19_X',
    params: {
      res: -2,
      exe: 'argv zero',
      args: 'exec-ed\0two words\0\0',
      env: 'A=1\0B=two words\0',
      comm: 'execve-none',
      filename: 'no such program',
    },
  },
  {
    label: 'execveat-none',
    code: 'SYSCALL_EXECVEAT_X',
    params: {
      res: -2,
      exe: 'argv zero',
      args: 'exec-ed\0two words\0\0',
      env: 'A=1\0B=two words\0',
      comm: 'execveat-none',
    },
  },
];
