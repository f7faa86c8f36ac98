import type { Notice } from '../../model/notice.ts';
import { count, flag, object, secretMap, secretOr, textOr } from '../../model/schema.ts';
import { singly } from '../../model/output.ts';
import { customHeaders } from '../../transport/headers.ts';
import { httpOutput } from '../../transport/http-output.ts';
import { joinUrl } from '../../transport/url.ts';
import { html } from '../escapes.ts';
import { clean, cut, escapeWithin, fieldRows } from '../fields.ts';

/** Characters of a tag, and of all: what a column of Grafana's database takes. */
const tagLength = 100;
const tagsLength = 500;

function tagsOf(notice: Notice, allFields: boolean): string[] {
  const { priority, rule, source, hostname, tags } = notice;
  const fields = allFields ? [...fieldRows(notice).map(({ value }) => value), ...tags] : [];
  const kept = new Set<string>();
  let length = 0;
  for (const tag of ['falco', priority, rule, source, hostname, ...fields]) {
    const text = cut(clean(tag), tagLength);
    length += text.length;
    if (length > tagsLength) break;
    if (text !== '') kept.add(text);
  }
  return [...kept];
}

export default httpOutput({
  id: 'grafana',
  title: 'Grafana annotations',
  summary: 'Marks alerts in the graphs of Grafana.',
  since: '0.2.0',
  stability: 'stable',
  category: 'logs',
  section: 'grafana',
  config: object({
    hostport: textOr('', 'Address of Grafana, e.g. https://grafana:3000.'),
    apikey: secretOr('', 'Token of a service account that may write annotations.'),
    dashboardid: count(0, 'Id of a dashboard; 0: all of them.'),
    dashboarduid: textOr('', 'UID of a dashboard, which goes before its id.'),
    panelid: count(0, 'Id of a panel; 0: all of them.'),
    allfieldsastags: flag(false, 'Adds the values of all fields, and the tags of the rule, to the tags.'),
    customheaders: secretMap('Headers to add.'),
  }),
  isEnabled: ({ hostport }) => hostport !== '',
  batch: singly,
  prepare: ({ apikey, customheaders }) => ({
    'content-type': 'application/json',
    ...(apikey === '' ? {} : { authorization: `Bearer ${apikey}` }),
    ...customHeaders(customheaders),
  }),
  request({ hostport, dashboardid, dashboarduid, panelid, allfieldsastags }, [notice], headers) {
    const time = Number(notice!.time / 1_000_000n);
    const dashboard = dashboarduid === '' ? { dashboardId: dashboardid } : { dashboardUID: dashboarduid };
    const body = {
      ...(dashboarduid === '' && dashboardid === 0 ? {} : dashboard),
      ...(panelid === 0 ? {} : { panelId: panelid }),
      time,
      timeEnd: time,
      tags: tagsOf(notice!, allfieldsastags),
      text: escapeWithin(clean(notice!.output), 10_000, html),
    };
    return { method: 'POST', url: joinUrl(hostport, '/api/annotations'), headers, body: JSON.stringify(body) };
  },
  examples: [
    {
      title: 'In a panel',
      config: { hostport: '{url}', apikey: 'glsa_0123456789', dashboardid: 12, panelid: 2 },
      expect: [
        {
          method: 'POST',
          path: '/api/annotations',
          headers: { 'content-type': 'application/json', authorization: 'Bearer glsa_0123456789' },
          json: {
            dashboardId: 12,
            panelId: 2,
            time: 1795238965123,
            timeEnd: 1795238965123,
            tags: ['falco', 'Notice', 'Terminal shell in container', 'syscall', 'web-1'],
            text: 'A shell was spawned in a container (user=root command=sh -c &quot;id&quot;)',
          },
          answer: { status: 200, body: '{"message":"Annotation added","id":1}' },
        },
      ],
    },
  ],
});
