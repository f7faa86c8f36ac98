import type { Notice } from '../../model/notice.ts';
import { markdown } from '../escapes.ts';
import { clean, cut, escapeWithin, limitRows, type RowLimits, rowsOf } from '../fields.ts';
import { priorityLooks } from '../priority-looks.ts';

// A message to a webhook of Teams has at most 28 KB, and a character of it up to 3 bytes:
// https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using
const limits: RowLimits = { rows: 100, nameLength: 100, valueLength: 500, totalLength: 5000 };
const textLength = 1500;
const titleLength = 300;

type Format = 'all' | 'text' | 'facts';

function factsOf(notice: Notice, format: Format) {
  return format === 'text' ? [] : limitRows(rowsOf(notice), limits, markdown);
}

function textOf(notice: Notice): string {
  return escapeWithin(clean(notice.output), textLength, markdown);
}

/** Colours of Adaptive Cards: https://adaptivecards.io/explorer/TextBlock.html */
const colours: Readonly<Record<Notice['priority'], string>> = {
  Emergency: 'attention',
  Alert: 'attention',
  Critical: 'attention',
  Error: 'attention',
  Warning: 'warning',
  Notice: 'accent',
  Informational: 'good',
  Debug: 'default',
};

/** https://learn.microsoft.com/outlook/actionable-messages/message-card-reference */
export function messageCard(notice: Notice, format: Format, activityImage: string) {
  const title = escapeWithin(clean(notice.rule), titleLength, markdown);
  const facts = factsOf(notice, format);
  const section = {
    activityTitle: title,
    activitySubtitle: notice.timeText,
    ...(activityImage === '' ? {} : { activityImage }),
    ...(format === 'facts' ? {} : { text: textOf(notice) }),
    ...(facts.length === 0 ? {} : { facts }),
    markdown: true,
  };
  return {
    '@type': 'MessageCard',
    '@context': 'https://schema.org/extensions',
    themeColor: priorityLooks[notice.priority].colour.slice(1),
    summary: cut(clean(notice.output), titleLength),
    sections: [section],
  };
}

/** The message that Workflows takes: https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook */
export function adaptiveCard(notice: Notice, format: Format) {
  const title = `${priorityLooks[notice.priority].emoji} ${escapeWithin(clean(notice.rule), titleLength, markdown)}`;
  const facts = factsOf(notice, format).map(({ name, value }) => ({ title: name, value }));
  const heading = {
    type: 'TextBlock',
    text: title,
    size: 'Large',
    weight: 'Bolder',
    color: colours[notice.priority],
    wrap: true,
  };
  const content = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.2',
    msteams: { width: 'Full' },
    body: [
      heading,
      ...(format === 'facts' ? [] : [{ type: 'TextBlock', text: textOf(notice), wrap: true }]),
      ...(facts.length === 0 ? [] : [{ type: 'FactSet', facts }]),
    ],
  };
  const attachment = { contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content };
  return { type: 'message', attachments: [attachment] };
}
