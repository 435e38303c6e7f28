/** `[::1]` without its brackets; any other text as it is. */
export function bareHost(host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
}

/** `0.0.0.0` or `::`, however it is written: every address of this machine, of one family or of both. */
export function isWildcard(host: string): boolean {
  return /^[0.:]+$/.test(bareHost(host));
}

/** `[::1]` for an IPv6 address, with brackets or without; any other host as it is. */
export function bracketedHost(host: string): string {
  const bare = bareHost(host);
  return bare.includes(':') ? `[${bare}]` : bare;
}

/** Four numbers from 0 to 255. */
export function isIpv4(text: string): boolean {
  return /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.|$)){4}$/.test(text) && !text.endsWith('.');
}

/** An IPv6 address without brackets and without a zone. */
export function isIpv6(text: string): boolean {
  // The last four bytes may be written as an IPv4 address: they count as two groups.
  const tail = text.lastIndexOf(':') + 1;
  const mixed = text.includes('.');
  if (mixed && !isIpv4(text.slice(tail))) return false;
  const halves = (mixed ? `${text.slice(0, tail)}0:0` : text).split('::');
  if (tail === 0 || halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  if (!groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return false;
  return halves.length === 2 ? groups.length < 8 : groups.length === 8;
}

/** `fe80::1%eth0`: the zone names an interface of the machine that reads it, so no other machine can use the address. */
export function zoneOf(host: string): string | undefined {
  const at = host.indexOf('%');
  return at < 0 || !isIpv6(host.slice(0, at)) ? undefined : host.slice(at + 1);
}

/** fe80::/10: reached only with a zone. */
export function isLinkLocalIpv6(host: string): boolean {
  return /^fe[89ab][0-9a-f]:/i.test(host);
}

/** A name that a name service may know: labels of letters, digits, `-` and `_`, of which the last is no number. */
function isHostName(text: string): boolean {
  const labels = text.replace(/\.$/, '').split('.');
  const wellFormed = labels.every((label) => /^[\p{L}\p{N}_](?:[\p{L}\p{N}_-]{0,61}[\p{L}\p{N}_])?$/u.test(label));
  return text.length <= 253 && wellFormed && !/^\d+$/.test(labels.at(-1)!);
}

/**
 * Why a text can't be the address of a machine; undefined when it can: an IPv4 address, an IPv6 address with or without
 * brackets and zone, or a host name.
 */
export function whyNotHost(text: string): string | undefined {
  const host = bareHost(text);
  if (host === '') return 'it is empty';
  if (isIpv4(host) || isIpv6(host)) return undefined;
  const zone = zoneOf(host);
  if (zone !== undefined) return zone === '' ? `"${text}" has a % without a zone behind it` : undefined;
  if (host !== text || host.includes(':')) return `"${text}" is no IPv6 address`;
  if (/^[\d.]+$/.test(host)) return `"${text}" is no IPv4 address`;
  return isHostName(host) ? undefined : `"${text}" is neither an IP address nor a host name`;
}

/**
 * `a.b.c.d` for an IPv4 address in the form that IPv6 gives it, in whatever spelling (`::ffff:a.b.c.d`, `::ffff:7f00:1`); any other
 * text as it is. The peers of a listener for both families come in that form.
 */
export function unmapIpv4(address: string): string {
  const [, tail] = /^(?:::|(?:0{1,4}:){5})ffff:(.+)$/i.exec(address) ?? [];
  if (tail === undefined) return address;
  if (isIpv4(tail)) return tail;
  const [, high, low] = /^([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i.exec(tail) ?? [];
  if (high === undefined || low === undefined) return address;
  const bits = [Number.parseInt(high, 16), Number.parseInt(low, 16)];
  return bits.flatMap((pair) => [pair >> 8, pair & 0xff]).join('.');
}
