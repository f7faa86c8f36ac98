const units = { y: 31_536_000_000, w: 604_800_000, d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 };
const pattern = /^(?:([0-9]+)y)?(?:([0-9]+)w)?(?:([0-9]+)d)?(?:([0-9]+)h)?(?:([0-9]+)m)?(?:([0-9]+)s)?(?:([0-9]+)ms)?$/;

/** Milliseconds of a duration as Prometheus writes it (`1h30m`, units in falling order); undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const match = pattern.exec(text.trim());
  if (match === null || match[0] === '') return undefined;
  let total = 0;
  for (const [i, unit] of Object.values(units).entries()) total += Number(match[i + 1] ?? 0) * unit;
  return total;
}
