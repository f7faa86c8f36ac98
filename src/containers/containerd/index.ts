import { containerEngine } from '../../model/container-engine.ts';
import { object, text } from '../../model/schema.ts';
import { ContainerdEngine } from './containerd-engine.ts';

export default containerEngine({
  id: 'containerd',
  summary: 'Containers that containerd runs for nerdctl, ctr and others than Docker and Kubernetes.',
  description:
    'Asks containerd by its own gRPC services, Namespaces/List and Containers/List, in all namespaces but moby and k8s.io. ' +
    'It does not say whether a container is privileged.',
  since: '0.1.0',
  stability: 'beta',
  config: object({ socket: text('The Unix socket of containerd.') }),
  defaultSockets: ['/run/containerd/containerd.sock', '/run/host-containerd/containerd.sock'],
  examples: [{ title: 'the usual socket', config: { socket: '/run/containerd/containerd.sock' } }],
  open: ({ socket }, context) => new ContainerdEngine(socket, context),
});
