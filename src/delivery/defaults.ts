import { singly } from '../model/output.ts';
import type {
  BreakerSettings,
  DeadLetterSettings,
  DeliverySettings,
  IntakeSettings,
  MatchSettings,
  OutputSettings,
  QueueSettings,
  RetrySettings,
  RouteSettings,
} from './settings.ts';

const mebibyte = 2 ** 20;
const minute = 60_000;
const day = 24 * 60 * minute;

/** On disk, once it has a folder. */
export const defaultQueue: QueueSettings = {
  folder: undefined,
  bytes: 1024 * mebibyte,
  ageMs: 7 * day,
  segmentBytes: 8 * mebibyte,
  tailBytes: 3 * mebibyte,
  pendingBytes: 32 * mebibyte,
  forgetMs: day,
};

export const defaultIntake: IntakeSettings = {
  alertBytes: 4 * mebibyte,
  textLength: 65_536,
  alertsPerBody: 10_000,
  customFields: {},
  customTags: [],
  templatedFields: {},
  bracketReplacer: '',
  outputFieldFormat: '',
  hostname: '',
};

export const defaultRetry: RetrySettings = { leastMs: 500, mostMs: 30_000, attempts: 0, ageMs: 3 * day };
export const defaultBreaker: BreakerSettings = { failures: 5, openMs: 15_000 };

/** Everything. */
export const defaultRoute: RouteSettings = {
  minimumPriority: 'Debug',
  sources: [],
  rules: [],
  hostnames: [],
  tags: [],
  condition: '',
};

/** Every alert, at every output. */
export const defaultMatch: MatchSettings = {
  maximumPriority: 'Emergency',
  outputs: [],
  sources: [],
  rules: [],
  hostnames: [],
  tags: [],
  condition: '',
};

const defaultDeadLetters: DeadLetterSettings = { folder: undefined, bytes: 64 * mebibyte };

/** What an output has besides its name, revision and `open`. */
export const defaultOutput: Omit<OutputSettings, 'name' | 'revision' | 'open'> = {
  batch: singly,
  concurrency: 1,
  timeoutMs: 30_000,
  retry: defaultRetry,
  breaker: defaultBreaker,
  route: defaultRoute,
  grouping: undefined,
  rateLimit: undefined,
};

export const defaultDelivery: DeliverySettings = {
  // In memory an alert takes about four times the bytes of its JSON.
  queue: { ...defaultQueue, bytes: 64 * mebibyte },
  intake: defaultIntake,
  outputs: [],
  silencesFile: undefined,
  maintenance: [],
  deadLetters: defaultDeadLetters,
};
