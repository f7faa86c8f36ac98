export interface TemplateOptions {
  readonly index: string;
  /** Whether names of indices have a date behind it. */
  readonly isDated: boolean;
  readonly shards: number;
  readonly replicas: number;
}

const text = { type: 'text', fields: { keyword: { type: 'keyword', ignore_above: 256 } } };
const longText = { type: 'text', fields: { keyword: { type: 'keyword', ignore_above: 2048 } } };

/** The index template for alerts: texts to search in and to count by, whatever fields rules have. */
export function indexTemplate({ index, isDated, shards, replicas }: TemplateOptions): string {
  return JSON.stringify({
    index_patterns: [isDated ? `${index}-*` : index],
    template: {
      settings: { number_of_shards: shards, number_of_replicas: replicas },
      mappings: {
        dynamic_templates: [{ texts: { match_mapping_type: 'string', mapping: text } }],
        properties: {
          '@timestamp': { type: 'date' },
          hostname: text,
          output: longText,
          output_fields_text: { type: 'text' },
          priority: text,
          rule: text,
          source: text,
          tags: text,
          time: { type: 'date' },
          uuid: text,
        },
      },
    },
  });
}
