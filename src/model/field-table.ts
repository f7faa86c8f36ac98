import { similarWords } from '../base/suggest.ts';
import type { BoundField, FieldClass, FieldSpec, FieldTable } from './field.ts';
import { argumentOf } from './field-argument.ts';

/** Arguments that a table remembers the fields of; rules files choose them. */
const mostBound = 16_384;

/** The fields that events of one source have, from the classes given; a name that two classes define goes to the first. */
export function buildFieldTable(source: string, classes: readonly FieldClass[]): FieldTable {
  const own = classes.filter((one) => one.sources === 'any' || one.sources.includes(source));
  const specs = new Map<string, FieldSpec>();
  const suggested: string[] = [];
  for (const one of own) {
    for (const [name, spec] of Object.entries(one.fields)) {
      if (spec.suggested === true) suggested.push(name);
      if (!specs.has(name)) specs.set(name, spec);
    }
  }

  // Rules name the same fields again and again.
  const known = new Map<string, BoundField>();
  function bind(name: string, arg: string | undefined): BoundField | undefined {
    const key = arg === undefined ? name : `${name}\0${arg}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    const field = bindNew(name, arg);
    if (known.size >= mostBound) known.clear();
    if (field !== undefined) known.set(key, field);
    return field;
  }

  function bindNew(name: string, arg: string | undefined): BoundField | undefined {
    const spec = specs.get(name);
    if (spec !== undefined && (arg === undefined || spec.arg?.dotted !== 'only')) {
      return bound(name, arg, spec, arg === undefined ? name : `${name}[${arg}]`);
    }
    if (arg !== undefined) return undefined;
    for (let dot = name.lastIndexOf('.'); dot > 0; dot = name.lastIndexOf('.', dot - 1)) {
      const owner = specs.get(name.slice(0, dot));
      if (owner?.arg?.dotted !== undefined) return bound(name.slice(0, dot), name.slice(dot + 1), owner, name);
    }
    return undefined;
  }

  return {
    source,
    classes: own,
    find: (name) => specs.get(name),
    bind,
    suggested,
    suggest: (name) => similarWords(name, specs.keys()),
  };
}

function bound(name: string, arg: string | undefined, spec: FieldSpec, text: string): BoundField {
  const taken = argumentOf(name, arg, spec, text);
  const type = spec.typeOf?.(taken) ?? spec.type;
  return { name, arg: taken, text, spec, type, getter: spec.bind(taken) };
}
