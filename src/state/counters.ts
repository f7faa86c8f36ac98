/** What the state counts, beside the sizes of its tables. */
export interface StateCounters {
  threads: number;
  fds: number;
  names: number;
  containers: number;
  /** Events whose thread was in no table. */
  unknownThreads: number;
  /** Stand-ins made for threads that no source knows. */
  placeholders: number;
  threadsDropped: number;
  threadsPurged: number;
  fdsDropped: number;
  /** How often the table of names was full and started again. */
  nameGenerations: number;
  containersEvicted: number;
  accountsDropped: number;
  threadsAdded: number;
  threadsRemoved: number;
  fdsAdded: number;
  fdsRemoved: number;
  /** Searches for the thread of an event, those apart that found the thread of the event before. */
  threadLookups: number;
  threadLookupsCached: number;
  fdLookups: number;
  fdLookupsFailed: number;
  /** Enter events kept for their exit, and exits that made use of one. */
  entersStored: number;
  entersRetrieved: number;
  /** Events that report lost events. */
  dropEvents: number;
}
