import type { Notice } from '../model/notice.ts';

/** MITRE ATT&CK tactics by the words that tags have (`mitre_credential_access`); https://attack.mitre.org/tactics/enterprise. */
const tactics: Readonly<Record<string, readonly [id: string, name: string]>> = {
  reconnaissance: ['TA0043', 'Reconnaissance'],
  resource_development: ['TA0042', 'Resource Development'],
  initial_access: ['TA0001', 'Initial Access'],
  execution: ['TA0002', 'Execution'],
  persistence: ['TA0003', 'Persistence'],
  privilege_escalation: ['TA0004', 'Privilege Escalation'],
  defense_evasion: ['TA0005', 'Defense Evasion'],
  credential_access: ['TA0006', 'Credential Access'],
  discovery: ['TA0007', 'Discovery'],
  lateral_movement: ['TA0008', 'Lateral Movement'],
  collection: ['TA0009', 'Collection'],
  command_and_control: ['TA0011', 'Command and Control'],
  exfiltration: ['TA0010', 'Exfiltration'],
  impact: ['TA0040', 'Impact'],
};
const technique = /^T\d{4}(?:\.\d{3})?$/i;

/** What an alert's tags say of the attack. */
export interface Attack {
  readonly tactics: readonly { readonly id: string; readonly name: string }[];
  /** `T1059`, `T1548.001`. */
  readonly techniques: readonly string[];
}

export function attackOf({ tags }: Notice): Attack {
  const found = tags
    .filter((tag) => tag.toLowerCase().startsWith('mitre_'))
    .map((tag) => tactics[tag.toLowerCase().slice('mitre_'.length)])
    .filter((tactic) => tactic !== undefined)
    .map(([id, name]) => ({ id, name }));
  return { tactics: found, techniques: tags.filter((tag) => technique.test(tag)).map((tag) => tag.toUpperCase()) };
}
