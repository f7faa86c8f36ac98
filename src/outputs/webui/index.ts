import { toJson } from '../../base/json.ts';
import type { Notice } from '../../model/notice.ts';
import { object, textOr } from '../../model/schema.ts';
import { singly } from '../../model/output.ts';
import { httpOutput } from '../../transport/http-output.ts';
import { joinUrl } from '../../transport/url.ts';
import { eventOf, jsonType } from '../event.ts';

/** The receiver refuses all but printable ASCII in these texts; other characters are shown as escapes. */
function ascii(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function bodyOf(notice: Notice): string {
  const { output, rule, source, hostname } = notice;
  const plain = { output: ascii(output), rule: ascii(rule), source: ascii(source), hostname: ascii(hostname) };
  return toJson({ event: { ...eventOf(notice), ...plain }, outputs: [] });
}

export default httpOutput({
  id: 'webui',
  title: 'Falcosidekick UI',
  summary: 'Sends alerts to the web interface of Falcosidekick.',
  since: '0.2.0',
  stability: 'stable',
  category: 'web',
  section: 'webui',
  config: object({ url: textOr('', 'Address of the web interface, e.g. http://falcosidekick-ui:2802.') }),
  isEnabled: ({ url }) => url !== '',
  batch: singly,
  request: ({ url }, [notice]) => ({ method: 'POST', url: joinUrl(url, ''), headers: jsonType, body: bodyOf(notice!) }),
  examples: [
    {
      title: 'One alert',
      config: { url: '{url}' },
      expect: [
        {
          method: 'POST',
          path: '/',
          headers: { 'content-type': 'application/json; charset=utf-8' },
          body: '{"event":{"hostname":"web-1","output":"A shell was spawned in a container (user=root command=sh -c \\"id\\")","output_fields":{"container.id":"3ad7b26ded6d","container.image.repository":"docker.io/library/nginx","container.name":"web","evt.time":1795238965123456789,"k8s.ns.name":"shop","k8s.pod.name":"web-7f9c","proc.cmdline":"sh -c \\"id\\"","proc.name":"sh","proc.pid":4242,"proc.tty":34816,"user.name":"root"},"priority":"Notice","rule":"Terminal shell in container","source":"syscall","tags":["T1059","container","mitre_execution"],"time":"2026-11-21T05:29:25.123456789Z","uuid":"6f2b3c1e-8a4d-4c7b-9e2f-1d0a5b6c7d8e"},"outputs":[]}',
          answer: { status: 200, body: '"{}"' },
        },
      ],
    },
  ],
});
