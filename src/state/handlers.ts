import type { Event } from '../model/event.ts';
import { type EventInfo, eventFlags, events } from '../model/event-table.ts';
import { type FdType, fdType } from '../model/fd.ts';
import * as accounts from './account-handlers.ts';
import { cloneExit } from './clone-handlers.ts';
import type { StateContext } from './context.ts';
import * as descriptors from './descriptor-handlers.ts';
import * as files from './file-handlers.ts';
import * as processes from './process-handlers.ts';
import * as sockets from './socket-handlers.ts';
import type { TrackedThread } from './tracked-thread.ts';

/** Handles an event of a thread that is known. */
type Handler = (context: StateContext, event: Event, thread: TrackedThread) => void;
/** Handles an event whose thread may not be known, and must not be looked for. */
type LooseHandler = (context: StateContext, event: Event, thread: TrackedThread | null) => void;

const { makesFd } = descriptors;

const handlersByCode: Readonly<Record<string, Handler>> = {
  SYSCALL_OPEN_E: files.openEnter,
  SYSCALL_CREAT_E: files.openEnter,
  SYSCALL_OPENAT_2_E: files.openEnter,
  SYSCALL_OPENAT2_E: files.openEnter,
  SYSCALL_EXECVE_19_E: files.execveEnter,
  SYSCALL_EXECVEAT_E: files.execveatEnter,
  SOCKET_CONNECT_E: sockets.connectEnter,
  SYSCALL_OPEN_X: files.openExit,
  SYSCALL_OPENAT_2_X: files.openExit,
  SYSCALL_OPENAT2_X: files.openExit,
  SYSCALL_CREAT_X: files.creatExit,
  SYSCALL_OPEN_BY_HANDLE_AT_X: files.openByHandleExit,
  SYSCALL_CLOSE_X: descriptors.closeExit,
  SYSCALL_CLOSE_RANGE_X: descriptors.closeRangeExit,
  SYSCALL_DUP_1_X: descriptors.dupExit,
  SYSCALL_DUP2_X: descriptors.dupExit,
  SYSCALL_DUP3_X: descriptors.dupExit,
  SYSCALL_FCNTL_X: descriptors.fcntlExit,
  SYSCALL_PIPE_X: descriptors.pipeExit,
  SYSCALL_PIPE2_X: descriptors.pipeExit,
  SOCKET_SOCKETPAIR_X: descriptors.socketpairExit,
  SYSCALL_MEMFD_CREATE_X: descriptors.memfdExit,
  SYSCALL_PIDFD_OPEN_X: descriptors.pidfdOpenExit,
  SYSCALL_PIDFD_GETFD_X: descriptors.pidfdGetfdExit,
  SYSCALL_EVENTFD_X: makesFd(fdType.event),
  SYSCALL_EVENTFD2_X: makesFd(fdType.event, 1),
  SYSCALL_SIGNALFD_X: makesFd(fdType.signalfd),
  SYSCALL_SIGNALFD4_X: makesFd(fdType.signalfd, 1),
  SYSCALL_TIMERFD_CREATE_X: makesFd(fdType.timerfd, 2),
  SYSCALL_INOTIFY_INIT_X: makesFd(fdType.inotify),
  SYSCALL_INOTIFY_INIT1_X: makesFd(fdType.inotify, 1),
  SYSCALL_BPF_2_X: makesFd(fdType.bpf),
  SYSCALL_USERFAULTFD_X: makesFd(fdType.userfaultfd),
  SYSCALL_IO_URING_SETUP_X: makesFd(fdType.ioUring),
  SYSCALL_EPOLL_CREATE_X: makesFd(fdType.eventpoll),
  SYSCALL_EPOLL_CREATE1_X: makesFd(fdType.eventpoll, 1),
  SOCKET_SOCKET_X: sockets.socketExit,
  SOCKET_BIND_X: sockets.bindExit,
  SOCKET_CONNECT_X: sockets.connectExit,
  SOCKET_ACCEPT_5_X: sockets.acceptExit,
  SOCKET_ACCEPT4_6_X: sockets.acceptExit,
  SYSCALL_READ_X: sockets.receives(-1),
  SYSCALL_READV_X: sockets.receives(-1),
  SYSCALL_PREAD_X: sockets.receives(-1),
  SYSCALL_PREADV_X: sockets.receives(-1),
  SOCKET_RECV_X: sockets.receives(4),
  SOCKET_RECVFROM_X: sockets.receives(2),
  SOCKET_RECVMSG_X: sockets.receives(3, 4),
  SOCKET_RECVMMSG_X: sockets.receives(4, 5),
  SYSCALL_WRITE_X: sockets.sends(-1),
  SYSCALL_WRITEV_X: sockets.sends(-1),
  SYSCALL_PWRITE_X: sockets.sends(-1),
  SYSCALL_PWRITEV_X: sockets.sends(-1),
  SOCKET_SEND_X: sockets.sends(4),
  SOCKET_SENDTO_X: sockets.sends(4),
  SOCKET_SENDMSG_X: sockets.sends(4),
  SOCKET_SENDMMSG_X: sockets.sends(4, false),
  SYSCALL_EXECVE_19_X: processes.execExit,
  SYSCALL_EXECVEAT_X: processes.execExit,
  SYSCALL_SETUID_X: processes.setuidExit,
  SYSCALL_SETREUID_X: processes.setreuidExit,
  SYSCALL_SETRESUID_X: processes.setreuidExit,
  SYSCALL_SETGID_X: processes.setgidExit,
  SYSCALL_SETREGID_X: processes.setregidExit,
  SYSCALL_SETRESGID_X: processes.setregidExit,
  SYSCALL_SETSID_X: processes.setsidExit,
  SYSCALL_CAPSET_X: processes.capsetExit,
  SYSCALL_UNSHARE_X: processes.unshareExit,
  SYSCALL_SETNS_X: processes.setnsExit,
  SYSCALL_CHDIR_X: processes.chdirExit,
  SYSCALL_GETCWD_X: processes.chdirExit,
  SYSCALL_FCHDIR_X: processes.fchdirExit,
  SYSCALL_CHROOT_X: processes.chrootExit,
  SYSCALL_PRCTL_X: processes.prctlExit,
  SYSCALL_GETRLIMIT_X: processes.rlimitExit,
  SYSCALL_SETRLIMIT_X: processes.rlimitExit,
  SYSCALL_PRLIMIT_X: processes.prlimitExit,
  SYSCALL_BRK_4_X: processes.memoryExit,
  SYSCALL_MMAP_X: processes.memoryExit,
  SYSCALL_MMAP2_X: processes.memoryExit,
  SYSCALL_MUNMAP_X: processes.memoryExit,
};

/** Events that may come before or after the life of their thread: it is not looked for. */
const looseByCode: Readonly<Record<string, LooseHandler>> = {
  SYSCALL_CLONE_20_X: cloneExit,
  SYSCALL_CLONE3_X: cloneExit,
  SYSCALL_FORK_20_X: cloneExit,
  SYSCALL_VFORK_20_X: cloneExit,
  PROCEXIT_1_E: processes.processExit,
  SCHEDSWITCH_6_E: processes.switchEvent,
};

function nothing(): void {}

/** Events that are about the machine, whatever thread id they carry. */
const machineByCode: Readonly<Record<string, (context: StateContext, event: Event) => void>> = {
  CONTAINER_JSON_2_E: accounts.containerJson,
  USER_ADDED_E: accounts.userAdded,
  USER_DELETED_E: accounts.userDeleted,
  GROUP_ADDED_E: accounts.groupAdded,
  GROUP_DELETED_E: accounts.groupDeleted,
  ASYNCEVENT_E: accounts.asyncEvent,
  PLUGINEVENT_E: nothing,
};

/** Enter events that only the state reads: what they hold may change until the exit, or older exits lack it. */
const hiddenEnters: ReadonlySet<string> = new Set([
  'SYSCALL_OPEN_E',
  'SYSCALL_CREAT_E',
  'SYSCALL_OPENAT_2_E',
  'SYSCALL_OPENAT2_E',
  'SYSCALL_EXECVE_19_E',
  'SYSCALL_EXECVEAT_E',
  'SOCKET_CONNECT_E',
]);

/** How the thread of an event is found. */
export const manner = { thread: 0, loose: 1, machine: 2 } as const;

/** What the state does with the events of one code. */
export interface Treatment {
  readonly manner: number;
  readonly handler: LooseHandler | null;
  /** Parameter with the number of the descriptor that the event uses; -1: none. */
  readonly fdParam: number;
  readonly hasFd: boolean;
  /** Type of the descriptor that the call would have made. */
  readonly absentType: FdType;
  /** Name of a descriptor that should be there: of connections it is their empty tuple. */
  readonly absentName: string;
  /** For the state only: its exit is what rules are about. */
  readonly isHidden: boolean;
}

/** Parameters with the descriptor where it is neither the first of that type after the result nor absent. */
const fdParamByCode: Readonly<Record<string, number>> = {
  SYSCALL_SPLICE_X: 2,
  SYSCALL_SYMLINKAT_X: 2,
  SYSCALL_SENDFILE_X: 2,
  SYSCALL_SIGNALFD_X: -1,
};

function fdParamOf(info: EventInfo): number {
  if ((info.flags & eventFlags.USES_FD) === 0) return -1;
  const known = fdParamByCode[info.code];
  if (known !== undefined) return known;
  return info.params.findIndex((param, i) => param.type === 'FD' && (i > 0 || info.isEnter));
}

/** What a call would have made, by its code without `_E` or `_X`. */
const absentTypes: Readonly<Record<string, FdType>> = {
  SYSCALL_OPENAT_2: fdType.file,
  SYSCALL_OPENAT2: fdType.file,
  SYSCALL_CREAT: fdType.file,
  SOCKET_SOCKET: fdType.ipv4Socket,
  SOCKET_ACCEPT_5: fdType.ipv4Socket,
  SOCKET_ACCEPT4_6: fdType.ipv4Socket,
  SYSCALL_PIPE: fdType.fifo,
  SYSCALL_PIPE2: fdType.fifo,
  SYSCALL_EVENTFD: fdType.event,
  SYSCALL_EVENTFD2: fdType.event,
  SYSCALL_SIGNALFD: fdType.signalfd,
  SYSCALL_SIGNALFD4: fdType.signalfd,
  SYSCALL_TIMERFD_CREATE: fdType.timerfd,
  SYSCALL_INOTIFY_INIT: fdType.inotify,
  SYSCALL_INOTIFY_INIT1: fdType.inotify,
};

/** Connections without a descriptor show their tuple, which is empty then. */
const emptyTuples: readonly string[] = ['SOCKET_ACCEPT_5_X', 'SOCKET_ACCEPT4_6_X', 'SOCKET_CONNECT_X'];

function treatmentOf(info: EventInfo): Treatment {
  const { SKIPPARSERESET, CREATES_FD, USES_FD, DESTROYS_FD } = eventFlags;
  const machine = machineByCode[info.code];
  const loose = looseByCode[info.code];
  const isMachine = machine !== undefined || (info.flags & SKIPPARSERESET) !== 0;
  let how: number = manner.thread;
  if (isMachine) how = manner.machine;
  else if (loose !== undefined) how = manner.loose;
  return {
    manner: how,
    handler: (machine ?? loose ?? handlersByCode[info.code] ?? null) as LooseHandler | null,
    fdParam: fdParamOf(info),
    hasFd: (info.flags & (CREATES_FD | USES_FD | DESTROYS_FD)) !== 0,
    absentType: absentTypes[info.code.slice(0, -2)] ?? fdType.unknown,
    absentName: emptyTuples.includes(info.code) ? 'NULL' : '',
    isHidden: hiddenEnters.has(info.code),
  };
}

/** By event code. */
export const treatments: readonly Treatment[] = events.map(treatmentOf);
