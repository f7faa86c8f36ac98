import { choice, object, secretOr, textOr } from '../../model/schema.ts';
import { basic } from '../../transport/http-client.ts';
import { httpOutput } from '../../transport/http-output.ts';
import { joinUrl, query } from '../../transport/url.ts';
import { lineOf } from './line.ts';

export default httpOutput({
  id: 'influxdb',
  title: 'InfluxDB',
  summary: 'Writes alerts as points to InfluxDB 1 and 2.',
  since: '0.2.0',
  stability: 'stable',
  category: 'metrics',
  section: 'influxdb',
  config: object({
    hostport: textOr('', 'Address of the server, e.g. http://influxdb:8086.'),
    database: textOr('falco', 'Database, for InfluxDB 1.'),
    organization: textOr('', 'Organisation, for InfluxDB 2.'),
    bucket: textOr('falco', 'Bucket, for InfluxDB 2.'),
    precision: choice(['ns', 'us', 'ms', 's'], 'ns', 'Precision of the times.'),
    user: textOr('', 'User, where there is no token.'),
    password: secretOr('', 'Password, where there is no token.'),
    token: secretOr('', 'Token that may write.'),
  }),
  isEnabled: ({ hostport }) => hostport !== '',
  batch: { count: 5000, bytes: 1 << 20, waitMs: 1000 },
  prepare({ hostport, database, organization, bucket, precision, user, password, token }) {
    const isV2 = organization !== '' && bucket !== '';
    const path = isV2
      ? `/api/v2/write${query({ org: organization, bucket, precision })}`
      : `/write${query({ db: database, precision: precision === 'us' ? 'u' : precision })}`;
    const byUser = user === '' || password === '' ? {} : { authorization: basic(user, password) };
    const authorization = token === '' ? byUser : { authorization: `Token ${token}` };
    const headers = { 'content-type': 'text/plain; charset=utf-8', accept: 'application/json', ...authorization };
    return { url: joinUrl(hostport, path), headers };
  },
  request({ precision }, batch, { url, headers }) {
    return { method: 'POST', url, headers, body: batch.map((notice) => lineOf(notice, precision)).join('\n') };
  },
  examples: [
    {
      title: 'InfluxDB 2',
      config: { hostport: '{url}', organization: 'My Org', token: 'abcdefgh0123456789' },
      expect: [
        {
          method: 'POST',
          path: '/api/v2/write?org=My%20Org&bucket=falco&precision=ns',
          headers: { 'content-type': 'text/plain; charset=utf-8', authorization: 'Token abcdefgh0123456789' },
          body: 'events,rule=Terminal\\ shell\\ in\\ container,priority=Notice,source=syscall,container.id=3ad7b26ded6d,container.image.repository=docker.io/library/nginx,container.name=web,k8s.ns.name=shop,k8s.pod.name=web-7f9c,proc.cmdline=sh\\ -c\\ "id",proc.name=sh,user.name=root,hostname=web-1,tags=T1059_container_mitre_execution value="A shell was spawned in a container (user=root command=sh -c \\"id\\")",evt.time=1795238965123456789i,proc.pid=4242i,proc.tty=34816i 1795238965123456789',
          answer: { status: 204 },
        },
      ],
    },
    {
      title: 'InfluxDB 1, in milliseconds',
      config: { hostport: '{url}/', database: 'alerts', precision: 'ms', user: 'saker', password: 'correct horse' },
      notices: 2,
      expect: [
        {
          method: 'POST',
          path: '/write?db=alerts&precision=ms',
          headers: { authorization: 'Basic c2FrZXI6Y29ycmVjdCBob3JzZQ==' },
          answer: { status: 204 },
        },
      ],
    },
  ],
});
