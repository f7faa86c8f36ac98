// How text is kept from being markup. Each takes text of an attacker and gives what the receiver shows as that text.

/** Slack: https://docs.slack.dev/messaging/formatting-message-text/#escaping */
export function slackText(text: string): string {
  if (!/[&<>]/.test(text)) return text;
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** HTML, in text and in quoted attributes. */
export function html(text: string): string {
  return slackText(text).replaceAll('"', '&quot;').replaceAll("'", '&#39;');
}

/**
 * CommonMark (section 2.4: any ASCII punctuation can have a backslash before it), with the tables and strike-through of
 * its dialects. Brackets of a link's address need none, where those of its text have theirs. An `@` that could call people is parted from their name.
 */
export function markdown(text: string): string {
  return text
    .replace(/[\\`*_[\]<|~&]/g, '\\$&')
    .replace(/^([ \t]*)([-+=#>])/gm, '$1\\$2')
    .replace(/^([ \t]*\d{1,9})([.)])/gm, '$1\\$2')
    .replace(/@(?=[\p{L}\p{N}_])/gu, '@\u200b');
}

/** Telegram's MarkdownV2: https://core.telegram.org/bots/api#markdownv2-style */
export function telegramMarkdown(text: string): string {
  return text.replace(/[\\_*[\]()~`>#+\-=|{}.!]/g, '\\$&');
}
