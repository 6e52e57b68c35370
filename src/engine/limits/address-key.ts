/** The part of a client address one customer has for itself: IPv4 whole, IPv6 its /64 (RFC 4291 section 2.5.4, RFC 6177). */
export function addressKey(address: string): string {
  if (!address.includes(':')) return address;
  const plain = address.split('%', 1)[0] as string;
  const mapped = /^::(?:ffff:)?(\d+\.\d+\.\d+\.\d+)$/i.exec(plain);
  if (mapped !== null) return mapped[1] as string;
  const [left = '', right] = plain.split('::', 2);
  const front = left === '' ? [] : left.split(':');
  const back = right === undefined || right === '' ? [] : right.split(':');
  const groups =
    right === undefined ? front : [...front, ...new Array<string>(Math.max(0, 8 - front.length - back.length)).fill('0'), ...back];
  return `${groups
    .slice(0, 4)
    .map((group) => group.toLowerCase().replace(/^0+(?=.)/, ''))
    .join(':')}::/64`;
}
