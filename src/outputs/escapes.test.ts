import { expect, test } from 'vitest';
import { html, markdown, slackText, telegramMarkdown } from './escapes.ts';

test.each([
  ['**a** _b_ `c` ~~d~~ ||e||', '\\*\\*a\\*\\* \\_b\\_ \\`c\\` \\~\\~d\\~\\~ \\|\\|e\\|\\|'],
  ['![a](http://b)', '!\\[a\\](http://b)'],
  ['<b>&amp;<!channel>', '\\<b>\\&amp;\\<!channel>'],
  ['# a\n> b\n- c\n + d\n1. e\n2) f\n===', '\\# a\n\\> b\n\\- c\n \\+ d\n1\\. e\n2\\) f\n\\==='],
  ['a # b > c - d 1. e', 'a # b > c - d 1. e'],
  ['a\\*', 'a\\\\\\*'],
  ['@all a@b.c @ d', '@\u200ball a@\u200bb.c @ d'],
])('Markdown: %j', (text, escaped) => {
  expect(markdown(text)).toBe(escaped);
});

test('Slack, HTML and Telegram', () => {
  const text = '<a href="x" y=\'z\'>&</a>!';
  expect(slackText(text)).toBe('&lt;a href="x" y=\'z\'&gt;&amp;&lt;/a&gt;!');
  expect(html(text)).toBe('&lt;a href=&quot;x&quot; y=&#39;z&#39;&gt;&amp;&lt;/a&gt;!');
  expect(telegramMarkdown('a_b*c[d](e)~f`g>h#i+j-k=l|m{n}o.p!q\\r')).toBe(
    'a\\_b\\*c\\[d\\]\\(e\\)\\~f\\`g\\>h\\#i\\+j\\-k\\=l\\|m\\{n\\}o\\.p\\!q\\\\r',
  );
});
