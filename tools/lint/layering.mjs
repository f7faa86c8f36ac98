import path from 'node:path';

/** Folder of src -> folders that it may import. A folder may always import itself; components may not import siblings. */
const layers = {
  base: [],
  model: ['base'],
  lang: ['base', 'model'],
  capture: ['base', 'model'],
  state: ['base', 'model'],
  fields: ['base', 'model'],
  sources: ['base', 'model', 'capture'],
  writers: ['base', 'model'],
  transport: ['base', 'model'],
  formats: ['base', 'model'],
  outputs: ['base', 'model', 'transport', 'formats'],
  intakes: ['base', 'model', 'transport'],
  containers: ['base', 'model'],
  kubernetes: ['base', 'model', 'transport'],
  engine: ['base', 'model', 'lang'],
  pipeline: ['base', 'model', 'capture', 'state', 'engine'],
  delivery: ['base', 'model', 'lang', 'engine', 'transport'],
  server: ['base', 'model'],
  app: [
    'base',
    'model',
    'lang',
    'capture',
    'state',
    'fields',
    'sources',
    'writers',
    'transport',
    'formats',
    'outputs',
    'intakes',
    'containers',
    'kubernetes',
    'engine',
    'pipeline',
    'delivery',
    'server',
  ],
  cli: ['base', 'model', 'engine', 'app'],
};
/** Folders beside components that hold what these share. */
const common = new Set(['sources/linux']);
const components = new Set(['sources', 'writers', 'outputs', 'intakes', 'fields', 'containers']);

function place(file) {
  const [, rest] = file.replaceAll('\\', '/').split(/\/src\/(.*)/s);
  const [layer, component] = (rest ?? '').split('/');
  return { layer, component };
}

const layering = {
  meta: {
    type: 'problem',
    messages: {
      layer: '{{from}} may not import {{to}}; allowed: {{allowed}}',
      sibling: '{{from}} may not import its sibling {{to}}',
    },
  },
  create(context) {
    const from = place(context.filename);
    const allowed = layers[from.layer];
    if (!allowed) return {};
    const isTest = context.filename.endsWith('.test.ts');
    function check(node) {
      const spec = node.source?.value;
      if (typeof spec !== 'string' || !spec.startsWith('.') || isTest) return;
      const to = place(path.resolve(path.dirname(context.filename), spec));
      if (to.layer === undefined || to.layer === '') return;
      if (to.layer === from.layer) {
        // A folder's shared helpers lie directly in it (src/fields/text.ts); its components in folders.
        const isShared = to.component.endsWith('.ts') || common.has(`${to.layer}/${to.component}`);
        const sibling = components.has(from.layer) && to.component !== from.component && !isShared;
        if (sibling) context.report({ node, messageId: 'sibling', data: { from: from.component, to: to.component } });
      } else if (!allowed.includes(to.layer)) {
        context.report({
          node,
          messageId: 'layer',
          data: { from: from.layer, to: to.layer, allowed: allowed.join(', ') },
        });
      }
    }
    return {
      ImportDeclaration: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      ImportExpression: check,
    };
  },
};
export default { meta: { name: 'saker' }, rules: { layering } };
