/** Where a URL in a value points, read as lax clients do: odd notations of addresses are kept apart from plain ones. */

export interface UrlTarget {
  readonly scheme: string;
  /** Between `//` and the last `@`; null = none. */
  readonly userinfo: string | null;
  /** Lower case, without brackets and port. */
  readonly host: string;
  readonly port: string | null;
  /** From the first `/`, `?` or `#` after the host. */
  readonly rest: string;
  /** The authority holds what no client writes: a backslash, a blank, a control, a `#` or `?` before an `@`. */
  readonly hasOddAuthority: boolean;
}

export type HostNature = 'public' | 'metadata' | 'loopback' | 'private' | 'odd-notation';

/** @param lower text in lower case that begins with a scheme, or with `//`; null when it is no URL with a host */
export function targetOf(lower: string): UrlTarget | null {
  const match = /^([a-z][a-z0-9+.-]{0,20}):[/\\]{1,8}|^([/\\]{2,8})|^(https?):(?=[\w[])/.exec(lower);
  if (match === null) return null;
  const scheme = match[1] ?? match[3] ?? '';
  const after = lower.slice(match[0].length, match[0].length + 600);
  const end = after.search(/[/?#]/);
  let authority = end === -1 ? after : after.slice(0, end);
  let rest = end === -1 ? '' : after.slice(end);
  let hasOddAuthority = false;
  // `http://good#@evil/` and `http://good?@evil/`: clients disagree on where the host ends.
  const trick = /^[?#]{1,2}@[\w.-]{1,200}/.exec(rest);
  if (trick !== null) {
    hasOddAuthority = true;
    authority += rest.slice(0, trick[0].length);
    rest = rest.slice(trick[0].length);
  }
  if (/[\\\s\0-\x1f]/.test(authority)) hasOddAuthority = true;
  const at = authority.lastIndexOf('@');
  const userinfo = at === -1 ? null : authority.slice(0, at);
  const hostPort = authority.slice(at + 1);
  const parsed = /^(?:\[([^\]]{0,80})\]|([^:[\]]{0,255}))(?::([\w.@]{0,20}))?/.exec(hostPort);
  if (parsed === null) return null;
  const host = (parsed[1] ?? parsed[2] ?? '').replace(/\.$/, '');
  if (host === '') return null;
  return { scheme, userinfo, host, port: parsed[3] ?? null, rest, hasOddAuthority };
}

/** What stands behind a host, as far as its text tells. */
export function natureOf(host: string): HostNature {
  if (/[^\0-\x7f]/.test(host)) {
    const folded = host.normalize('NFKC').replaceAll('\u3002', '.').toLowerCase();
    // Circled digits and wide letters that fold into a plain address or name are there to be overlooked.
    if (folded !== host && /^[\x21-\x7e]{1,255}$/.test(folded))
      return natureOf(folded) === 'public' && !/^[\d.]+$/.test(folded) ? 'public' : 'odd-notation';
    return 'public';
  }
  if (host.includes(':')) return natureOfIpv6(host);
  if (/^(?:0x[0-9a-f]{0,16}|\d{1,20})(?:\.(?:0x[0-9a-f]{0,16}|\d{0,20})){0,3}$/.test(host)) return natureOfNumbers(host);
  if (
    /^(?:localhost[46]?(?:\.localdomain[46]?)?|ip6-localhost|ip6-loopback|loopback|[\w-]{1,60}\.localhost|localtest\.me|[\w.-]{1,60}\.localtest\.me|lvh\.me|vcap\.me|lacolhost\.com|spoofed\.burpcollaborator\.net)$/.test(
      host,
    )
  )
    return 'loopback';
  if (
    /^(?:metadata(?:\.google)?(?:\.internal)?|instance-data(?:\.ec2\.internal)?|metadata\.[\w.-]{1,40}|kubernetes\.default(?:\.svc[\w.]{0,40})?|host\.docker\.internal|gateway\.docker\.internal)$/.test(
      host,
    )
  )
    return 'metadata';
  const embedded = /(?:^|[.-])(\d{1,3}[.-]\d{1,3}[.-]\d{1,3}[.-]\d{1,3})\.(?:nip\.io|xip\.io|sslip\.io|[\w-]{1,30}\.nip\.io)$/.exec(host);
  if (embedded !== null) return natureOfNumbers((embedded[1] ?? '').replaceAll('-', '.')) === 'public' ? 'public' : 'odd-notation';
  return 'public';
}

function natureOfNumbers(host: string): HostNature {
  const parts = host.split('.');
  const values = parts.map((part) =>
    part.startsWith('0x') ? Number.parseInt(part.slice(2) || '0', 16) : Number.parseInt(part || '0', /^0[0-7]/.test(part) ? 8 : 10),
  );
  // A single number beyond 32 bits is no address to any reader.
  if (parts.length === 1 && (values[0] ?? 0) > 0xffffffff) return 'public';
  const isPlain = parts.length === 4 && parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256);
  if (!isPlain) return 'odd-notation';
  return natureOfQuad(values);
}

function natureOfQuad(quad: readonly number[]): HostNature {
  const [a = 0, b = 0, c = 0, d = 0] = quad;
  if (a === 169 && b === 254) return 'metadata';
  // The addresses where Alibaba and Oracle serve instance metadata.
  if ((a === 100 && b === 100 && c === 100 && d === 200) || (a === 192 && b === 0 && c === 0 && d === 192)) return 'metadata';
  if (a === 127 || a === 0) return 'loopback';
  if (a === 10 || (a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168) || (a === 100 && b >= 64 && b < 128)) return 'private';
  return 'public';
}

function natureOfIpv6(host: string): HostNature {
  const text = host.replace(/%.*$/, '');
  if (!/^[0-9a-f:.]{2,50}$/.test(text)) return 'public';
  if (/^(?:0{0,4}:){1,7}:?0{0,3}[01]?$/.test(text)) return 'loopback';
  if (/^fd00:ec2::254$|^fe80:/.test(text)) return 'metadata';
  // An IPv4 address dressed as IPv6 has no plain use in a URL.
  if (
    /^(?:0{0,4}:){1,6}:?(?:ffff:)?(?:0:)?(?:\d{1,3}\.){3}\d{1,3}$|^(?:0{0,4}:){1,5}:?ffff:[0-9a-f]{1,4}:[0-9a-f]{1,4}$|^64:ff9b::|^2002:(?:7f|0a|a9fe|c0a8)/.test(
      text,
    )
  )
    return 'odd-notation';
  if (/^f[cd][0-9a-f]{2}:/.test(text)) return 'private';
  return 'public';
}
