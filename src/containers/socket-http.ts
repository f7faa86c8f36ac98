import { Agent, type IncomingMessage, request } from 'node:http';

/** An answer with another status than 2xx. */
export class HttpStatusError extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`the engine answered with status ${status}`);
    this.status = status;
  }
}

interface StreamOptions {
  /** Longest line; a longer one ends the stream. */
  readonly maxLine: number;
  readonly signal: AbortSignal;
}

/** GET requests of JSON over a Unix socket. Times and sizes of answers are bounded. */
export class SocketHttp {
  readonly #socket: string;
  readonly #timeoutMs: number;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 4, maxFreeSockets: 1 });

  constructor(socket: string, timeoutMs: number) {
    this.#socket = socket;
    this.#timeoutMs = timeoutMs;
  }

  /** @returns the answer as JSON. Rejects with HttpStatusError, or when it is no JSON, too large or too late. */
  async get(path: string, maxBytes: number): Promise<unknown> {
    const signal = AbortSignal.timeout(this.#timeoutMs);
    const answer = await this.#open(path, signal, this.#agent);
    const parts: Buffer[] = [];
    let size = 0;
    for await (const part of answer) {
      size += (part as Buffer).length;
      if (size > maxBytes) {
        answer.destroy();
        throw new Error(`the answer is larger than ${maxBytes} bytes`);
      }
      parts.push(part as Buffer);
    }
    return JSON.parse(Buffer.concat(parts).toString('utf8')) as unknown;
  }

  /** Hands over each line of an answer that has no end. Resolves when it has one after all, or the signal comes. */
  async lines(path: string, onLine: (line: string) => void, { maxLine, signal }: StreamOptions): Promise<void> {
    try {
      const answer = await this.#open(path, signal, undefined);
      answer.setEncoding('utf8');
      let rest = '';
      for await (const part of answer) {
        const lines = (rest + String(part)).split('\n');
        rest = lines.pop() ?? '';
        if (rest.length > maxLine) throw new Error(`a line is longer than ${maxLine} characters`);
        for (const line of lines) if (line !== '') onLine(line);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  #open(path: string, signal: AbortSignal, agent: Agent | undefined): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const sent = request({
        socketPath: this.#socket,
        path,
        signal,
        headers: { host: 'localhost' },
        ...(agent === undefined ? {} : { agent }),
      });
      sent.on('error', reject);
      sent.on('response', (answer) => {
        const status = answer.statusCode ?? 0;
        if (status >= 200 && status < 300) {
          resolve(answer);
          return;
        }
        // So that the connection is free again; what is wrong the status says.
        answer.on('error', reject);
        answer.resume();
        reject(new HttpStatusError(status));
      });
      sent.end();
    });
  }
}
