import type { Notice } from '../../model/notice.ts';
import { html } from '../escapes.ts';
import { clean, escapeWithin, limitRows, type Row, type RowLimits, rowsOf } from '../fields.ts';

// A message has at most 32,000 bytes, and a character of it up to 3; a card has at most 100 widgets:
// https://developers.google.com/workspace/chat/api/reference/rest/v1/cards
const limits: RowLimits = { rows: 90, nameLength: 200, valueLength: 1000, totalLength: 5000 };

function rowsFor(notice: Notice): Row[] {
  return limitRows(rowsOf(notice), limits, html);
}

/** Legacy cards. */
export function cards(notice: Notice) {
  const widgets = rowsFor(notice).map(({ name, value }) => ({ keyValue: { topLabel: name, content: value } }));
  return [{ sections: [{ widgets }] }];
}

export function cardsV2(notice: Notice) {
  const widgets = rowsFor(notice).map(({ name, value }) => ({
    decoratedText: { topLabel: name, text: value, wrapText: true },
  }));
  const header = { title: escapeWithin(clean(notice.rule), 200, html), subtitle: notice.priority };
  return [{ cardId: notice.uuid, card: { header, sections: [{ widgets }] } }];
}
