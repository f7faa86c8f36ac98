import type { Event } from '../../model/event.ts';
import { eventByCode } from '../../model/event-table.ts';
import { eventField } from '../../model/field.ts';

const infraEvent = eventByCode('INFRASTRUCTURE_EVENT_E').id;

/** The value of `key: value` in the description, whose parts are separated by semicolons. */
function part(event: Event, key: string): string | null {
  if (event.type !== infraEvent) return null;
  for (const text of event.text(2).split(';')) {
    const item = text.trim();
    const colon = item.indexOf(':');
    if (colon > 0 && item.startsWith(key)) return item.slice(colon + 1).trim();
  }
  return null;
}

/** An image without its digest. */
function imageName(image: string | null): string | null {
  const at = image?.indexOf('@') ?? -1;
  return image !== null && at >= 0 ? image.slice(0, at).trim() : image;
}

function infraField(summary: string, get: (event: Event) => string | null) {
  return eventField('CHARBUF', summary, get, { hidden: true, possible: (info) => info.id === infraEvent });
}

export const infraFields = {
  'evt.infra.docker.name': infraField('What a container engine reported.', (event) => part(event, 'Event')),
  'evt.infra.docker.container.id': infraField(
    'Id of the container that the report is about, its first 12 characters.',
    (event) => part(event, 'ID')?.slice(0, 12) ?? null,
  ),
  'evt.infra.docker.container.name': infraField('Name of the container that the report is about.', (event) =>
    part(event, 'name'),
  ),
  'evt.infra.docker.container.image': infraField('Image of the container that the report is about.', (event) =>
    imageName(part(event, 'Image')),
  ),
} as const;
