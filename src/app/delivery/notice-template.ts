import { compileTemplate, type TemplateValue } from '../../base/template/template.ts';
import type { Notice } from '../../model/notice.ts';

/** What templates of messages can ask for, by the peer's names: `{{ .Rule }}`, `{{ index .OutputFields "proc.name" }}`. */
function valuesOf(notice: Notice): ReadonlyMap<string, TemplateValue> {
  return new Map<string, TemplateValue>([
    ['UUID', notice.uuid],
    ['Output', notice.output],
    ['Priority', notice.priority],
    ['Rule', notice.rule],
    ['Time', notice.timeText],
    ['OutputFields', notice.fields],
    ['Source', notice.source],
    ['Tags', notice.tags],
    ['Hostname', notice.hostname],
  ]);
}

/** @throws Error with the place, when the text is no template. */
export function noticeTemplate(text: string): (notice: Notice) => string {
  const compiled = compileTemplate(text);
  if (!compiled.ok) {
    const before = text.slice(0, compiled.problem.offset).split('\n');
    const place = `${before.length}:${before.at(-1)!.length + 1}`;
    throw new Error(`the template has a mistake at ${place}: ${compiled.problem.message}`);
  }
  const { template } = compiled;
  return (notice) => template.render(valuesOf(notice));
}
