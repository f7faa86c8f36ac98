import type { Priority } from '../model/alert.ts';

/** How a priority looks in chats. */
export interface PriorityLook {
  /** `#rrggbb`. */
  readonly colour: string;
  readonly emoji: string;
}

export const priorityLooks: Readonly<Record<Priority, PriorityLook>> = {
  Emergency: { colour: '#8b0000', emoji: '🆘' },
  Alert: { colour: '#c1121f', emoji: '🚨' },
  Critical: { colour: '#e5383b', emoji: '🔥' },
  Error: { colour: '#f3722c', emoji: '❌' },
  Warning: { colour: '#f9c74f', emoji: '⚠️' },
  Notice: { colour: '#43aa8b', emoji: '🔔' },
  Informational: { colour: '#4895ef', emoji: 'ℹ️' },
  Debug: { colour: '#adb5bd', emoji: '🐛' },
};

/** The colour as the number that some receivers want. */
export function colourNumber(priority: Priority): number {
  return Number.parseInt(priorityLooks[priority].colour.slice(1), 16);
}
