function pad(value: number): string {
  return String(value).padStart(2, '0');
}

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

/** Local date and time as Falco's log shows it: Sat Nov 21 02:45:28 2026. */
export function logTime(date: Date): string {
  const clock = `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
  return `${days[date.getDay()]} ${months[date.getMonth()]} ${pad(date.getDate())} ${clock} ${date.getFullYear()}`;
}

/** UTC to the second with its zone: 2026-11-21T02:45:28+0000. */
export function isoLogTime(date: Date): string {
  return `${date.toISOString().slice(0, 19)}+0000`;
}
