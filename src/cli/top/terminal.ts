import { type Frame, topRows, type ViewId, views } from '../../app/top/views.ts';
import { headLines, tableLines } from './text.ts';

const viewIds = Object.keys(views) as ViewId[];

/** What the screen needs of a terminal; a test gives its own. */
export interface Terminal {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
}

export interface ScreenOptions {
  readonly view: ViewId;
  /** Key of a column of the view; undefined: the usual one. */
  readonly sort: string | undefined;
  readonly filter: string | undefined;
  /** Most rows; undefined: as many as fit. */
  readonly rows: number | undefined;
  readonly onQuit: () => void;
}

const control = {
  enter: '\x1b[?1049h\x1b[?25l',
  leave: '\x1b[?25h\x1b[?1049l',
  home: '\x1b[H',
  clearLine: '\x1b[K',
  clearBelow: '\x1b[J',
  bold: '\x1b[1m',
  reverse: '\x1b[7m',
  plain: '\x1b[0m',
};

/** The live screen: the last interval as a table, and keys to choose what it is of and how it is sorted. */
export class Screen {
  readonly #terminal: Terminal;
  readonly #options: ScreenOptions;
  #view: ViewId;
  #sort: string;
  #frame: Frame | undefined;
  #isPaused = false;
  readonly #onKeys = (bytes: Buffer): void => this.#keys(bytes.toString('latin1'));
  readonly #onResize = (): void => this.#draw();

  constructor(terminal: Terminal, options: ScreenOptions) {
    this.#terminal = terminal;
    this.#options = options;
    this.#view = options.view;
    this.#sort = options.sort ?? views[options.view].sort;
  }

  open(): void {
    const { input, output } = this.#terminal;
    output.write(control.enter);
    output.on('resize', this.#onResize);
    if (input.isTTY) {
      input.setRawMode(true);
      input.on('data', this.#onKeys);
      input.resume();
    }
    this.#draw();
  }

  /** Gives the terminal back as it was. */
  close(): void {
    const { input, output } = this.#terminal;
    output.off('resize', this.#onResize);
    if (input.isTTY) {
      input.off('data', this.#onKeys);
      input.setRawMode(false);
      input.pause();
    }
    output.write(control.leave);
  }

  show(frame: Frame): void {
    if (this.#isPaused) return;
    this.#frame = frame;
    this.#draw();
  }

  #keys(text: string): void {
    // In raw mode, Ctrl-C is a key like others.
    if (['q', '\x03', '\x04'].includes(text)) {
      this.#options.onQuit();
      return;
    }
    const number = Number.parseInt(text, 10);
    const at = viewIds.indexOf(this.#view);
    if (number >= 1 && number <= viewIds.length) this.#choose(viewIds[number - 1]!);
    else if (text === '\t' || text === '\x1b[C') this.#choose(viewIds[(at + 1) % viewIds.length]!);
    else if (text === '\x1b[D') this.#choose(viewIds[(at + viewIds.length - 1) % viewIds.length]!);
    else if (text === 's') this.#sortBy(1);
    else if (text === 'S') this.#sortBy(-1);
    else if (text === 'p' || text === ' ') this.#isPaused = !this.#isPaused;
    else return;
    this.#draw();
  }

  #choose(view: ViewId): void {
    this.#view = view;
    this.#sort = views[view].sort;
  }

  #sortBy(step: number): void {
    const { columns } = views[this.#view];
    const at = columns.findIndex((column) => column.key === this.#sort);
    this.#sort = columns[(at + step + columns.length) % columns.length]!.key;
  }

  #draw(): void {
    const { output } = this.#terminal;
    const width = Math.max(20, output.columns || 80);
    const height = Math.max(5, output.rows || 24);
    const tabs = viewIds.map((id, i) => {
      const name = ` ${i + 1} ${id} `;
      return id === this.#view ? `${control.reverse}${name}${control.plain}` : name;
    });
    const lines: string[] = [];
    if (this.#frame === undefined) lines.push('saker top: counting');
    else lines.push(...headLines(this.#frame, this.#view, this.#options.filter, width));
    if (width >= 80) lines.push(tabs.join(''));
    const help = 'q quit  1-6 tab table  s S sort  p pause';
    lines.push(`${help}${this.#isPaused ? '  PAUSED' : ''}`.slice(0, width));
    if (this.#frame !== undefined) {
      const room = Math.max(0, height - lines.length - 1);
      const rows = topRows(views[this.#view], this.#frame, this.#sort, Math.min(room, this.#options.rows ?? room));
      const [titles = '', ...rest] = tableLines(views[this.#view], rows, width, this.#sort);
      lines.push(`${control.bold}${titles}${control.plain}`, ...rest);
    }
    output.write(
      control.home +
        lines
          .slice(0, height)
          .map((line) => `${line}${control.clearLine}`)
          .join('\r\n') +
        control.clearBelow,
    );
  }
}
