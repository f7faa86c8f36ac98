import { containerEngine } from '../../model/container-engine.ts';
import { object, text } from '../../model/schema.ts';
import { CriEngine } from './cri-engine.ts';

export default containerEngine({
  id: 'cri',
  summary: 'Containers and pods of Kubernetes: containerd, CRI-O and other runtimes with its interface (CRI).',
  description:
    'Asks the runtime by gRPC, service runtime.v1.RuntimeService: ListContainers, ContainerStatus, ListPodSandbox, ' +
    'PodSandboxStatus, Version. Containers that containerd runs for others than Kubernetes are not among them.',
  since: '0.1.0',
  stability: 'beta',
  config: object({ socket: text('The Unix socket of the runtime.') }),
  defaultSockets: [
    '/run/containerd/containerd.sock',
    '/run/crio/crio.sock',
    '/run/k3s/containerd/containerd.sock',
    '/run/host-containerd/containerd.sock',
  ],
  examples: [{ title: 'CRI-O', config: { socket: '/run/crio/crio.sock' } }],
  open: ({ socket }, context) => new CriEngine(socket, context),
});
