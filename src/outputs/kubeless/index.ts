import { integer, object, textOr } from '../../model/schema.ts';
import { addressOption, functionOutput, kubeconfigOption } from '../function-call.ts';

export default functionOutput({
  id: 'kubeless',
  title: 'Kubeless',
  summary: 'Calls a Kubeless function with each alert.',
  description: 'Kubeless is no longer developed; for those who still have it.',
  since: '0.2.0',
  stability: 'deprecated',
  category: 'function',
  section: 'kubeless',
  config: object({
    function: textOr('', 'Function.'),
    namespace: textOr('', 'Its namespace.'),
    port: integer(8080, 1, 65_535, 'Port of its service.'),
    address: addressOption('the function'),
    kubeconfig: kubeconfigOption(),
  }),
  carriesJson: true,
  isEnabled: (config) => config.function !== '',
  call({ function: service, namespace, port, address, kubeconfig }) {
    const host = `${service}.${namespace}.svc.cluster.local`;
    const headers = { 'event-type': 'falco', 'event-namespace': namespace };
    return { kubeconfig, namespace, service, port, address, host, path: '/', headers };
  },
  examples: [
    {
      title: 'A function by its service',
      config: { function: 'isolate-pod', namespace: 'security', address: '{url}' },
      expect: [
        {
          method: 'POST',
          path: '/',
          headers: {
            'content-type': 'application/json',
            'event-id': '6f2b3c1e-8a4d-4c7b-9e2f-1d0a5b6c7d8e',
            'event-type': 'falco',
            'event-namespace': 'security',
          },
          body: '{json}',
        },
      ],
    },
  ],
});
