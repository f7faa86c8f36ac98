/** What the test of container engines looks for: shells that it started itself. */
export const containerRules = `
- macro: test_shell
  condition: evt.type in (execve, execveat) and container.id != host and proc.name = sh and proc.args contains saker-test
- rule: shell
  desc: A shell that this test started in a container.
  condition: test_shell
  output: >
    %proc.args %container.id %container.full_id %container.name %container.type %user.name %user.homedir %group.name %container.image.repository %container.image.tag
    %container.privileged %container.mounts %container.label[app] %k8s.pod.name %k8s.ns.name %k8s.pod.uid %k8s.pod.label[app]
    %k8smeta.pod.name %k8smeta.pod.uid %k8smeta.pod.label[app] %k8smeta.ns.name %k8smeta.ns.label[team] %k8smeta.deployment.name
    %k8smeta.rs.name %k8smeta.svc.name %k8smeta.node.name %k8smeta.node.label[zone]
  priority: WARNING
- rule: known image
  desc: The condition needs what the engine says.
  condition: test_shell and container.image.repository = registry.local/busybox
  output: "%proc.args"
  priority: WARNING
- rule: other image
  desc: Would match as long as nothing is known.
  condition: test_shell and not container.image.repository = registry.local/busybox
  output: "%proc.args"
  priority: WARNING
- rule: deployed
  desc: The condition needs what Kubernetes says.
  condition: test_shell and k8smeta.deployment.name = web and not k8smeta.ns.name = kube-system
  output: "%proc.args"
  priority: WARNING
- rule: named as its argument
  desc: The condition compares what the engine says with what the process was started with.
  condition: test_shell and proc.args endswith val(container.name)
  output: "%proc.args"
  priority: WARNING
- rule: privileged
  desc: A privileged container was created.
  condition: evt.type = container and container.privileged = true
  output: privileged %container.name
  priority: WARNING
`;
