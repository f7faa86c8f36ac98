const pattern = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))$/;
const second = 1_000_000_000n;

/** Nanoseconds since the epoch of an RFC 3339 time; undefined: it is none. Digits beyond the ninth are left out. */
export function parseTime(text: string): bigint | undefined {
  if (text.length > 64) return undefined;
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const [year, month, day, hour, minute, seconds] = match.slice(1, 7).map(Number) as number[];
  if (month! < 1 || month! > 12 || day! < 1 || hour! > 23 || minute! > 59 || seconds! > 60) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year!, month! - 1, day);
  if (date.getUTCDate() !== day) return undefined;
  const offset = match[8] === undefined ? 0 : (Number(match[9]) * 60 + Number(match[10])) * (match[8] === '-' ? -1 : 1);
  const whole = date.getTime() / 1000 + hour! * 3600 + (minute! - offset) * 60 + seconds!;
  return BigInt(whole) * second + BigInt((match[7] ?? '').slice(0, 9).padEnd(9, '0'));
}

/** RFC 3339 with nine decimals, UTC. */
export function timeText(ns: bigint): string {
  const fraction = ((ns % second) + second) % second;
  const whole = new Date(Number((ns - fraction) / 1_000_000n));
  if (Number.isNaN(whole.getTime())) return '1970-01-01T00:00:00.000000000Z';
  return `${whole.toISOString().slice(0, -5)}.${String(fraction).padStart(9, '0')}Z`;
}
