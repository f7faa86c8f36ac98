import { count, flag, object, textOr } from '../../model/schema.ts';
import { connectedOutput } from '../../transport/connected-output.ts';
import { KubernetesClient } from '../../transport/kubernetes/client.ts';
import { ReportKeeper } from './reports.ts';

export default connectedOutput({
  id: 'policy-report',
  title: 'Policy Report',
  summary: 'Keeps alerts as results of Kubernetes policy reports.',
  description:
    'One PolicyReport (wgpolicyk8s.io/v1alpha2) named falco-policy-report in the namespace of the alert, a ClusterPolicyReport for alerts ' +
    'without one. Alerts of the source syscall and k8s_audit only. The oldest results make room, or with prunebypriority the least severe.',
  since: '0.2.0',
  stability: 'stable',
  category: 'other',
  section: 'policyreport',
  config: object({
    enabled: flag(false, 'Turns it on.'),
    kubeconfig: textOr('', "Path of a kubeconfig; empty: the pod's own account."),
    maxevents: count(1000, 'Results that a report holds; never more than a megabyte.'),
    falconamespace: textOr('', 'Kept for the configurations that have it.'),
    prunebypriority: flag(false, 'Whether the least severe results make room, instead of the oldest.'),
  }),
  isEnabled: ({ enabled }) => enabled,
  // One batch is one change of each report.
  batch: { count: 200, bytes: 1 << 20, waitMs: 500 },
  mostConcurrent: 1,
  connect({ kubeconfig, maxevents, prunebypriority }, context) {
    const client = new KubernetesClient(kubeconfig, context);
    const keeper = new ReportKeeper(client, { most: maxevents, byPriority: prunebypriority });
    return Promise.resolve({ send: (batch) => keeper.add(batch), close: () => client.close() });
  },
  examples: [{ title: 'Within a cluster', config: { enabled: true } }],
});
