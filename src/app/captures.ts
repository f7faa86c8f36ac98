import type { Config } from './config/settings.ts';
import type { CaptureOptions } from '../pipeline/captures/alert-captures.ts';

const megabyte = 1 << 20;

/** What is recorded when rules match, unless something else is asked for. */
export const usualCaptures: Omit<CaptureOptions, 'pathPrefix'> = {
  mode: 'rules',
  defaultDurationMs: 5000,
  maxFileBytes: 0,
  beforeSeconds: 5,
  beforeBytes: 16 * megabyte,
  limits: { files: 1000, bytes: 1024 * megabyte, ageSeconds: 0 },
};

/** What a falco.yaml asks to record when rules match; undefined: nothing. */
export function configuredCaptures(config: Config): CaptureOptions | undefined {
  if (!config['capture.enabled']) return undefined;
  return {
    pathPrefix: config['capture.path_prefix'],
    mode: config['capture.mode'],
    defaultDurationMs: config['capture.default_duration'],
    maxFileBytes: config['capture.max_file_size_mb'] * megabyte,
    beforeSeconds: config['saker.capture.before_seconds'],
    beforeBytes: config['saker.capture.before_mb'] * megabyte,
    limits: {
      files: config['saker.capture.max_files'],
      bytes: config['saker.capture.max_total_mb'] * megabyte,
      ageSeconds: config['saker.capture.max_age_hours'] * 3600,
    },
  };
}
