import { setTimeout as sleep } from 'node:timers/promises';
import { QueueError } from '../../delivery/errors.ts';
import type { Alert } from '../../model/alert.ts';
import type { OpenWriter } from '../../model/writer.ts';
import type { DeliveryService } from './service.ts';

/** Milliseconds until the queue is asked again that could not take alerts. */
const pauseMs = { busy: 20, other: 1000 } as const;

/** Gives the engine's own alerts to a delivery. What the queue can't take now is offered again; meanwhile alerts wait before it. */
export function deliveryWriter(service: DeliveryService): OpenWriter {
  let isClosed = false;
  async function writeAll(alerts: readonly Alert[]): Promise<void> {
    const notices = alerts.map((alert) => service.delivery.maker.fromAlert(alert));
    for (;;) {
      try {
        await service.accept(notices);
        return;
      } catch (error) {
        if (!(error instanceof QueueError) || error.problem === 'closed' || isClosed) throw error;
        await sleep(error.problem === 'busy' ? pauseMs.busy : pauseMs.other);
      }
    }
  }
  return {
    write: (alert) => writeAll([alert]),
    writeAll,
    close: () => {
      isClosed = true;
    },
  };
}
