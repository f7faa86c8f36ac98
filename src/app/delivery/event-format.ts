import { cef } from '../../formats/cef.ts';
import { ecs } from '../../formats/ecs.ts';
import { ocsf } from '../../formats/ocsf.ts';
import { otelLog } from '../../formats/otel.ts';
import type { Notice } from '../../model/notice.ts';
import type { OpenOutput } from '../../model/output.ts';
import type { CommonOptions } from './general.ts';

type EventFormat = CommonOptions['eventformat'];

/** Writes an alert as one line of another format. */
export function formatter(format: Exclude<EventFormat, 'falco'>, version: string): (notice: Notice) => string {
  switch (format) {
    case 'ecs':
      return ecs;
    case 'ocsf':
      return (notice) => ocsf(notice, version);
    case 'otel':
      return otelLog;
    case 'cef':
      return (notice) => cef(notice, version);
  }
}

/** The same output, which is given its alerts in another form. */
export function withFormat(output: OpenOutput, format: EventFormat, version: string): OpenOutput {
  if (format === 'falco') return output;
  const write = formatter(format, version);
  return {
    send: (batch, signal) =>
      output.send(
        batch.map((notice) => ({ ...notice, json: write(notice) })),
        signal,
      ),
    close: () => output.close(),
  };
}
