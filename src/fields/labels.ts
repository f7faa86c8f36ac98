/** All labels but internal ones, sorted, as `name:value, name:value`. */
export function labelsText(labels: Readonly<Record<string, string>>): string {
  return Object.keys(labels)
    .filter((name) => !name.startsWith('annotation.') && !name.startsWith('io.kubernetes.'))
    .toSorted()
    .map((name) => (labels[name] === '' ? name : `${name}:${labels[name]}`))
    .join(', ');
}
