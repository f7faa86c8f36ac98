import { lineWriter } from '../../model/writer.ts';
import { object } from '../../model/schema.ts';
import { FdWriter } from '../fd-writer.ts';

const stdout = 1;

export default lineWriter({
  id: 'stdout',
  summary: 'Writes each alert as a line to standard output.',
  since: '0.1.0',
  stability: 'stable',
  config: object({}),
  examples: [{ title: 'minimal', config: {} }],
  open() {
    const writer = new FdWriter(stdout, 'standard output');
    return {
      write: (alert) => writer.line(alert.line),
      writeAll: (alerts) => writer.line(alerts.map((alert) => alert.line).join('\n')),
      close: () => undefined,
    };
  },
});
