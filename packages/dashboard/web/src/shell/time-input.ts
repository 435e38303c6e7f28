type Zone = 'local' | 'utc';

/** A time as an input of the browser takes it: `2026-11-27T02:45:07`, in the zone that is chosen. */
export function toTimeInput(ms: number, zone: Zone): string {
  const offsetMs = zone === 'utc' ? 0 : new Date(ms).getTimezoneOffset() * 60_000;
  return new Date(ms - offsetMs).toISOString().slice(0, 19);
}

/** The time of such an input; undefined while it is not whole. */
export function fromTimeInput(value: string, zone: Zone): number | undefined {
  const ms = Date.parse(zone === 'utc' ? `${value}Z` : value);
  return Number.isNaN(ms) ? undefined : ms;
}
