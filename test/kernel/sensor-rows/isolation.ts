import { flagTables } from '../../../src/model/event-table.ts';
import { clone, res, type Row } from './kit.ts';

/** Calls about namespaces, modules, limits and other processes. */
export const isolationRows: readonly Row[] = [
  { label: 'setns', code: 'SYSCALL_SETNS_X', params: { res: -9, fd: 985, nstype: clone('CLONE_NEWNS') } },
  { label: 'unshare', code: 'SYSCALL_UNSHARE_X', params: { res: 0, flags: clone('CLONE_NEWUTS', 'CLONE_FS') } },
  {
    label: 'ptrace',
    code: 'SYSCALL_PTRACE_X',
    params: { res: -3, addr: null, data: null, request: flagTables['ptrace_requests']!['PTRACE_ATTACH']!, pid: 999999 },
  },
  { label: 'chroot', code: 'SYSCALL_CHROOT_X', params: { res: -2, path: 'nowhere' } },
  {
    label: 'init_module',
    code: 'SYSCALL_INIT_MODULE_X',
    params: { res: res('init_module'), img: 'image', length: 5, uargs: 'a=1' },
  },
  {
    label: 'finit_module',
    code: 'SYSCALL_FINIT_MODULE_X',
    params: { res: res('finit_module'), fd: 986, uargs: 'b=2', flags: 1 },
  },
  {
    label: 'delete_module',
    code: 'SYSCALL_DELETE_MODULE_X',
    params: { res: res('delete_module'), name: 'nomodule', flags: 3 },
  },
  { label: 'prctl', code: 'SYSCALL_PRCTL_X', params: { res: 0, option: 4, arg2_str: null, arg2_int: 1 } },
  { label: 'prlimit64', code: 'SYSCALL_PRLIMIT_X', params: { res: 0, newcur: 0, newmax: 0, pid: 0, resource: 4 } },
  { label: 'setrlimit', code: 'SYSCALL_SETRLIMIT_X', params: { res: res('setrlimit'), cur: 0, resource: 4 } },
];
