import { integer, object, textOr } from '../../model/schema.ts';
import { addressOption, functionOutput, kubeconfigOption } from '../function-call.ts';

/** Namespaces of which the router's path has nothing: the default one, and the peer's default, which has no meaning there. */
const unnamed: ReadonlySet<string> = new Set(['', 'default', 'fission-function']);

export default functionOutput({
  id: 'fission',
  title: 'Fission',
  summary: 'Calls a Fission function with each alert.',
  since: '0.2.0',
  stability: 'stable',
  category: 'function',
  section: 'fission',
  config: object({
    function: textOr('', 'Function.'),
    functionnamespace: textOr('fission-function', 'Its namespace.'),
    routerservice: textOr('router', 'Service of the router.'),
    routernamespace: textOr('fission', 'Its namespace.'),
    routerport: integer(80, 1, 65_535, 'Its port.'),
    address: addressOption('the router'),
    kubeconfig: kubeconfigOption(),
  }),
  carriesJson: true,
  isEnabled: (config) => config.function !== '',
  call({ function: name, functionnamespace, routerservice, routernamespace, routerport, address, kubeconfig }) {
    const namespace = unnamed.has(functionnamespace) ? '' : `/${encodeURIComponent(functionnamespace)}`;
    return {
      kubeconfig,
      namespace: routernamespace,
      service: routerservice,
      port: routerport,
      address,
      host: `${routerservice}.${routernamespace}.svc.cluster.local`,
      path: `/fission-function${namespace}/${encodeURIComponent(name)}`,
      headers: {},
    };
  },
  examples: [
    {
      title: 'A function by the router',
      config: { function: 'isolate-pod', address: '{url}' },
      expect: [
        {
          method: 'POST',
          path: '/fission-function/isolate-pod',
          headers: { 'content-type': 'application/json', 'event-id': '6f2b3c1e-8a4d-4c7b-9e2f-1d0a5b6c7d8e' },
          body: '{json}',
        },
      ],
    },
    {
      title: 'In a namespace of its own',
      config: { function: 'isolate-pod', functionnamespace: 'security', address: '{url}' },
      expect: [{ method: 'POST', path: '/fission-function/security/isolate-pod', body: '{json}' }],
    },
  ],
});
