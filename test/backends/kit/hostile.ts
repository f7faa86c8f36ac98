import type { Notice, NoticeValue } from '../../../src/model/notice.ts';
import { hostileNotice, makeNotice } from '../../kit/notice.ts';

/** The hostile alert with an id of its own and, as notices have it, without halves of characters. */
export function wholeHostileNotice(uuid: string): Notice {
  const { rule, output, tags, hostname, fields, ...rest } = hostileNotice();
  const whole = (value: NoticeValue) => (typeof value === 'string' ? value.toWellFormed() : value);
  return makeNotice({
    ...rest,
    uuid,
    rule: rule.toWellFormed(),
    output: output.toWellFormed(),
    tags: tags.map((tag) => tag.toWellFormed()),
    hostname: hostname.toWellFormed(),
    fields: Object.fromEntries([...fields].map(([name, value]) => [name.toWellFormed(), whole(value)])),
  });
}
