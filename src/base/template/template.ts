import { type Node, TemplateFailure, type TemplateProblem, type TemplateValue } from './ast.ts';
import { parseTemplate } from './parser.ts';
import { Rendering } from './rendering.ts';

export type { TemplateValue } from './ast.ts';

/** A template that has been read. */
export interface Template {
  /** Never throws; the same data gives the same text. What can't be read is `<no value>`. */
  render(data: TemplateValue): string;
}

export type Compiled =
  | { readonly ok: true; readonly template: Template }
  | { readonly ok: false; readonly problem: TemplateProblem };

export interface TemplateOptions {
  /** Characters of the text; where it is longer it ends with a mark. */
  readonly outputLength?: number;
  /** Values looked at, functions called and rounds of loops; then the text ends with a mark. */
  readonly steps?: number;
}

const longestSource = 65_536;

/**
 * Reads a template in the language of Go's text/template (https://pkg.go.dev/text/template), which Falcosidekick's users
 * have, without what runs code or reaches outside: there are no methods and no nested templates.
 */
export function compileTemplate(source: string, options: TemplateOptions = {}): Compiled {
  if (source.length > longestSource) {
    return { ok: false, problem: { offset: longestSource, message: `longer than ${longestSource} characters` } };
  }
  let nodes: readonly Node[];
  try {
    nodes = parseTemplate(source);
  } catch (error) {
    if (error instanceof TemplateFailure) return { ok: false, problem: error.problem };
    throw error;
  }
  const { outputLength = 65_536, steps = 100_000 } = options;
  return { ok: true, template: { render: (data) => new Rendering(data, outputLength, steps).run(nodes) } };
}
