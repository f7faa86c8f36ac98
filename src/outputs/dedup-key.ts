import { createHash } from 'node:crypto';
import type { Notice } from '../model/notice.ts';
import type { OutputContext } from '../model/output.ts';
import { textOr } from '../model/schema.ts';

export const dedup = () =>
  textOr(
    '',
    'Template of the key by which alerts are the same incident, e.g. `{{ .Rule }} {{ .Hostname }}`; without it each alert is one.',
  );

/**
 * The key by which a receiver knows that alerts are the same: never the same for two alerts unless people have said so.
 * @param most characters; a longer key is replaced by its SHA-256.
 */
export function dedupKey(template: string, most: number, context: OutputContext): (notice: Notice) => string {
  if (template === '') return ({ uuid }) => uuid;
  const fill = context.template(template);
  return (notice) => {
    const key = fill(notice).trim();
    if (key === '') return notice.uuid;
    return key.length <= most ? key : createHash('sha256').update(key).digest('hex');
  };
}
