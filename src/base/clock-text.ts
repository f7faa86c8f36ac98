const nsPerSecond = 1_000_000_000n;

function pad(value: number, width: number = 2): string {
  return String(value).padStart(width, '0');
}

function nanoseconds(time: bigint): string {
  return String(time % nsPerSecond).padStart(9, '0');
}

function dateOf(time: bigint): Date {
  return new Date(Number((time / nsPerSecond) * 1000n));
}

/** Local time of day: 13:53:31.726060287. @param time nanoseconds since the epoch. */
export function timeOfDay(time: bigint): string {
  const date = dateOf(time);
  return `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}.${nanoseconds(time)}`;
}

/** UTC: 2026-11-21T00:57:57.965529223 and the zone, `Z` or `+0000`. @param time nanoseconds since the epoch. */
export function isoTime(time: bigint, zone: 'Z' | '+0000'): string {
  return `${dateOf(time).toISOString().slice(0, 19)}.${nanoseconds(time)}${zone}`;
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
