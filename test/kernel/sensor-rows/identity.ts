import { res, unset, type Row } from './kit.ts';

/** Calls that change who a process is. */
export const identityRows: readonly Row[] = [
  { label: 'setpgid', code: 'SYSCALL_SETPGID_X', params: { res: 0, pid: 0, pgid: 0 } },
  { label: 'setregid', code: 'SYSCALL_SETREGID_X', params: { res: 0, rgid: unset, egid: 7 } },
  { label: 'setresgid', code: 'SYSCALL_SETRESGID_X', params: { res: 0, rgid: 7, egid: 7, sgid: 7 } },
  { label: 'setgid', code: 'SYSCALL_SETGID_X', params: { res: 0, gid: 8 } },
  { label: 'setreuid', code: 'SYSCALL_SETREUID_X', params: { res: 0, ruid: 6, euid: unset } },
  { label: 'setresuid', code: 'SYSCALL_SETRESUID_X', params: { res: 0, ruid: unset, euid: unset, suid: 6 } },
  { label: 'setuid', code: 'SYSCALL_SETUID_X', params: { res: 0, uid: 12345 } },
  { label: 'setuid-bad', code: 'SYSCALL_SETUID_X', params: { res: -1, uid: 1 } },
  {
    label: 'capset',
    code: 'SYSCALL_CAPSET_X',
    params: { res: 0, cap_inheritable: 0, cap_permitted: 0, cap_effective: 0 },
  },
  { label: 'capset-bad', code: 'SYSCALL_CAPSET_X', params: { res: -14 } },
  { label: 'setsid', code: 'SYSCALL_SETSID_X', params: { res: res('setsid') } },
];
