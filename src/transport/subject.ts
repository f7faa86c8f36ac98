import type { Notice } from '../model/notice.ts';

/** Letters and digits, the rest as one `_`: what subjects and topics may have. */
function slug(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_|_$/g, '');
}

/** Fills in `<priority>` and `<rule>`: `falco.<priority>.<rule>` is `falco.notice.terminal_shell_in_container`. */
export function subjectOf(template: string, { priority, rule }: Notice): string {
  return template.replace(/<priority>|<rule>/g, (word) => slug(word === '<rule>' ? rule : priority) || '_');
}
