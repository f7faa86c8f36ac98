import { defaultMatch } from '../../delivery/defaults.ts';
import type { Delivery } from '../../delivery/delivery.ts';
import { SettingsError } from '../../delivery/errors.ts';
import type { Silence } from '../../delivery/settings.ts';
import { BadRequest, type Operations } from '../../server/operate.ts';

/** For people: times as texts, and only what asks for something. */
function shown({ id, match, start, end, author, comment }: Silence): object {
  const asks = Object.entries(match).filter(([key, value]) => {
    return value.length > 0 && !(key === 'maximumPriority' && value === defaultMatch.maximumPriority);
  });
  return {
    id,
    ...Object.fromEntries(asks),
    start: new Date(start).toISOString(),
    end: new Date(end).toISOString(),
    author,
    comment,
  };
}

/** What operators may do, done with a delivery. */
export function operationsOf(delivery: Delivery): Operations {
  const exists = (output: string): boolean => delivery.stats().outputs.has(output);
  return {
    outputs() {
      const { outputs, queue, intake } = delivery.stats();
      return { queue, intake, outputs: Object.fromEntries(outputs) };
    },
    pause(output, paused) {
      if (!exists(output)) return false;
      if (paused) delivery.pause(output);
      else delivery.resume(output);
      return true;
    },
    async replay(output) {
      if (output !== undefined && !exists(output)) return undefined;
      return await delivery.replayDeadLetters(output);
    },
    silences: () => delivery.silences().map(shown),
    async silence({ end, author, comment, ...match }) {
      const missing = match.outputs.find((output) => !exists(output));
      if (missing !== undefined) throw new BadRequest(`there is no output '${missing}'`);
      try {
        const whole = { ...defaultMatch, ...match };
        return shown(await delivery.silence({ match: whole, start: Date.now(), end, author, comment }));
      } catch (error) {
        if (error instanceof SettingsError) throw new BadRequest(error.message);
        throw error;
      }
    },
    unsilence: (id) => delivery.unsilence(id),
  };
}
