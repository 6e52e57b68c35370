/** The network an address is in, for evidence: enough to see where from, too little to name a person. */
import { addressText, parseAddress } from '../engine/http/address.ts';

/** `203.0.113.0/24` of an IPv4 address, `2001:db8:1::/48` of an IPv6 one; null when it is neither. */
export function networkOf(text: string): string | null {
  const address = parseAddress(text.split('%', 1)[0] ?? text);
  if (address === null) return null;
  const [a, b, c, d] = address.words;
  return address.family === 4
    ? `${addressText({ family: 4, words: [0, 0, 0, (d & 0xffffff00) >>> 0] })}/24`
    : `${addressText({ family: 6, words: [a, (b & 0xffff0000) >>> 0, c & 0, d & 0] })}/48`;
}
