import type { MessageShape } from '../../base/protobuf.ts';

// Messages of the service runtime.v1.RuntimeService with the fields that Saker reads, by the numbers of
// k8s.io/cri-api pkg/apis/runtime/v1/api.proto.

export const service = '/runtime.v1.RuntimeService';

const metadata: MessageShape = { 1: ['name', 'text'] };
const image: MessageShape = { 1: ['image', 'text'], 18: ['userSpecified', 'text'] };
const mount: MessageShape = {
  1: ['containerPath', 'text'],
  2: ['hostPath', 'text'],
  3: ['readonly', 'integer'],
  5: ['propagation', 'integer'],
};
const namespaceOption: MessageShape = { 1: ['network', 'integer'], 2: ['pid', 'integer'], 3: ['ipc', 'integer'] };

const containerStatus: MessageShape = {
  1: ['id', 'text'],
  2: ['metadata', metadata],
  4: ['createdAt', 'integer'],
  8: ['image', image],
  9: ['imageRef', 'text'],
  12: ['labels', 'map'],
  14: ['mounts', [mount]],
  17: ['imageId', 'text'],
};

const sandboxStatus: MessageShape = {
  1: ['id', 'text'],
  2: ['metadata', metadata],
  4: ['createdAt', 'integer'],
  5: ['network', { 1: ['ip', 'text'] }],
  6: ['linux', { 1: ['namespaces', { 2: ['options', namespaceOption] }] }],
  7: ['labels', 'map'],
};

const listItem: MessageShape = { 1: ['id', 'text'], 2: ['sandboxId', 'text'] };

export const versionResponse: MessageShape = { 2: ['runtimeName', 'text'] };
export const listContainersResponse: MessageShape = { 1: ['containers', [listItem]] };
export const listSandboxesResponse: MessageShape = { 1: ['items', [{ 1: ['id', 'text'] }]] };
export const containerStatusResponse: MessageShape = { 1: ['status', containerStatus], 2: ['info', 'map'] };
export const sandboxStatusResponse: MessageShape = { 1: ['status', sandboxStatus], 2: ['info', 'map'] };

export const containerRunning = 1;
/** NamespaceMode.NODE: the namespace of the host. */
export const hostNamespace = 2;
/** Names of MountPropagation by its numbers. */
export const propagations = ['private', 'rslave', 'rshared'] as const;
