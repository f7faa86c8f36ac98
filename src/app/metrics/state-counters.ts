import type { StateCounters } from '../../state/counters.ts';

/** Counters of the state by Falco's names. */
export function stateCounters(state: StateCounters): Readonly<Record<string, number>> {
  return {
    n_noncached_fd_lookups: state.fdLookups,
    // There is no cache to find descriptors in: tables are arrays.
    n_cached_fd_lookups: 0,
    n_failed_fd_lookups: state.fdLookupsFailed,
    n_added_fds: state.fdsAdded,
    n_removed_fds: state.fdsRemoved,
    n_stored_evts: state.entersStored,
    // One place for each thread: nothing is refused.
    n_store_evts_drops: 0,
    n_retrieved_evts: state.entersRetrieved,
    n_retrieve_evts_drops: 0,
    n_noncached_thread_lookups: state.threadLookups,
    n_cached_thread_lookups: state.threadLookupsCached,
    n_failed_thread_lookups: state.unknownThreads,
    n_added_threads: state.threadsAdded,
    n_removed_threads: state.threadsRemoved,
    n_drops_full_threadtable: state.threadsDropped,
  };
}
