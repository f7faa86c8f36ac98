import { containerEngine, containerTypes } from '../../model/container-engine.ts';
import { object, text } from '../../model/schema.ts';
import { DockerApi } from '../docker-api.ts';

export default containerEngine({
  id: 'podman',
  summary: 'Containers of Podman.',
  description:
    'Asks Podman by the Docker-compatible part of its API, which `podman system service` (the unit podman.socket) serves. Sockets of users have to be configured: what they answer those users decide.',
  since: '0.1.0',
  stability: 'beta',
  config: object({ socket: text('The Unix socket of the API.') }),
  defaultSockets: ['/run/podman/podman.sock'],
  examples: [{ title: 'the usual socket', config: { socket: '/run/podman/podman.sock' } }],
  open: ({ socket }, context) => new DockerApi(socket, containerTypes.podman, context),
});
