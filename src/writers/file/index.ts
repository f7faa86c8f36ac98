import { closeSync, constants, openSync } from 'node:fs';
import { lineWriter } from '../../model/writer.ts';
import { flag, object, text } from '../../model/schema.ts';
import { FdWriter, OutputError } from '../fd-writer.ts';

/** Not for everybody to read: alerts name files, users and command lines. */
const mode = 0o640;
const appending = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND;

interface OpenFile {
  readonly fd: number;
  readonly writer: FdWriter;
}

function open(path: string): OpenFile {
  try {
    const fd = openSync(path, appending, mode);
    return { fd, writer: new FdWriter(fd, path) };
  } catch (error) {
    throw new OutputError(path, error);
  }
}

export default lineWriter({
  id: 'file',
  summary: 'Adds each alert as a line to a file.',
  since: '0.1.0',
  stability: 'stable',
  config: object({
    filename: text('The file; made when it is not there.'),
    keepAlive: flag(false, 'Keep the file open between alerts; SIGUSR1 reopens it.'),
  }),
  examples: [{ title: 'minimal', config: { filename: '/tmp/alerts.txt' } }],
  open({ filename, keepAlive }) {
    // Opened once in any case: a path that can't be written shows at the start, not with the first alert.
    let file: OpenFile | undefined = open(filename);
    function close(): void {
      if (file !== undefined) closeSync(file.fd);
      file = undefined;
    }
    if (!keepAlive) close();
    return {
      async write(alert) {
        file ??= open(filename);
        try {
          await file.writer.line(alert.line);
        } finally {
          if (!keepAlive) close();
        }
      },
      reopen: close,
      close,
    };
  },
});
