import { containerEngine, containerTypes } from '../../model/container-engine.ts';
import { object, text } from '../../model/schema.ts';
import { DockerApi } from '../docker-api.ts';

export default containerEngine({
  id: 'docker',
  summary: 'Containers of Docker.',
  description: 'Asks Docker by its API: GET /containers/{id}/json, /images/{id}/json, and the stream /events.',
  since: '0.1.0',
  stability: 'beta',
  config: object({ socket: text('The Unix socket of the API.') }),
  defaultSockets: ['/var/run/docker.sock'],
  examples: [{ title: 'the usual socket', config: { socket: '/var/run/docker.sock' } }],
  open: ({ socket }, context) => new DockerApi(socket, containerTypes.docker, context),
});
