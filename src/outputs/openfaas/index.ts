import { integer, object, textOr } from '../../model/schema.ts';
import { addressOption, functionOutput, kubeconfigOption } from '../function-call.ts';

export default functionOutput({
  id: 'openfaas',
  title: 'OpenFaaS',
  summary: 'Calls an OpenFaaS function with each alert.',
  since: '0.2.0',
  stability: 'stable',
  category: 'function',
  section: 'openfaas',
  config: object({
    functionname: textOr('', 'Function.'),
    functionnamespace: textOr('openfaas-fn', 'Its namespace.'),
    gatewayservice: textOr('gateway', 'Service of the gateway.'),
    gatewaynamespace: textOr('openfaas', 'Its namespace.'),
    gatewayport: integer(8080, 1, 65_535, 'Its port.'),
    address: addressOption('the gateway'),
    kubeconfig: kubeconfigOption(),
  }),
  carriesJson: true,
  isEnabled: ({ functionname }) => functionname !== '',
  call({ functionname, functionnamespace, gatewayservice, gatewaynamespace, gatewayport, address, kubeconfig }) {
    return {
      kubeconfig,
      namespace: gatewaynamespace,
      service: gatewayservice,
      port: gatewayport,
      address,
      host: `${gatewayservice}.${gatewaynamespace}`,
      path: `/function/${encodeURIComponent(functionname)}.${encodeURIComponent(functionnamespace)}`,
      headers: {},
    };
  },
  examples: [
    {
      title: 'A function by the gateway',
      config: { functionname: 'isolate-pod', address: '{url}' },
      expect: [
        {
          method: 'POST',
          path: '/function/isolate-pod.openfaas-fn',
          headers: { 'content-type': 'application/json', 'event-id': '6f2b3c1e-8a4d-4c7b-9e2f-1d0a5b6c7d8e' },
          body: '{json}',
        },
      ],
    },
  ],
});
