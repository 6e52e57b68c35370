/** Attack tools that say who they are, the files they ask for to see who answers, and the hosts they wait at for a call back. */
import type { Place, Recogniser, Recognition, Sample } from '../recogniser.ts';
import { isCallbackHost, isPlainUrl } from './ssrf-plain-url.ts';

/** Names of tools whose only use is to look for weaknesses; clients and crawlers of general use are not among them. */
const tool =
  /sqlmap|nikto|\bffuf\b|fuzz faster|wfuzz|gobuster|dirbuster|\bdirb\b|dirsearch|feroxbuster|nuclei|\bhydra\b|thc-|\bmedusa[/-]\d|patator|arjun|wapiti|whatweb|nmap scripting|masscan|zgrab|zmeu|acunetix|netsparker|invicti|appscan|w3af|arachni|skipfish|openvas|nessus|qualys|burpsuite|burp collaborator|havij|jbrofuzz|commix|xsser|xsstrike|joomscan|wpscan|wprecon|cmsmap|droopescan|metasploit|\bparos\b|webinspect|grendel|\bvega\/|jaeles|httpx - open|katana\/|interactsh|projectdiscovery|tplmap|ssrfmap|nosqlmap|kiterunner|\bkr\/|rustbuster|cariddi|dalfox|gospider|hakrawler|sn1per|reconftw|whatwaf|wafw00f|bbscan|golismero|fimap|dotdotpwn|uniscan|morfeus|muieblackcat|bsqlbf|sqlninja|pangolin|webshag|n-stealth|cgichk|dominator|internet-?measurement|fhscan|pmafind|toata|dav\.pm|hexometer|l9explore|l9tcpid|leakix|detectify|intruder\.io|probely|immuniweb|tenable|rapid7|insightvm|security ?scanner|vulnerability ?scan|web ?vulnerability/;

const probePath =
  /(?:^|\/)(?:acunetix|nikto|nmaplowercheck\d{1,12}|nice[ %20]{1,3}ports|sdk\/vimservice|hnap1|evox\/about|trinity\.txt\.bak|w00tw00t|muieblackcat|nessus|burpsuite|netsparker|appscan_fingerprint|qualys|0_o\.php|random404page\w{0,20})(?:$|[/.?,:-])/;

const toolField =
  /^(?:x-scanner|x-scan-memo|acunetix-[a-z-]{1,30}|x-wipp|x-arachni-[a-z-]{1,30}|x-netsparker-[a-z-]{1,30}|x-nikto[a-z-]{0,20}|x-burp[a-z-]{0,20}|x-hackerone[a-z-]{0,20}|x-bug-?bounty|x-qualys[a-z-]{0,20}|x-ratproxy[a-z-]{0,20})$/;

export const scanner: Recogniser = {
  category: 'scanner',
  signs: 0,
  recognise(sample: Sample, place: Place): Recognition | null {
    if (place.where === 'header') {
      if (place.name === 'user-agent' || place.name === 'x-user-agent' || place.name === 'from') {
        // A device or build name may hold any of these words; a browser's own agent string is longer and says so.
        const match = tool.exec(sample.lower);
        return match === null || sample.text.length > 1000
          ? null
          : { rule: 'agent', confidence: 0.9, reason: 'is sent by a tool that looks for weaknesses' };
      }
      if (toolField.test(place.name))
        return { rule: 'field', confidence: 0.85, reason: 'carries a header field of a tool that looks for weaknesses' };
    } else if (place.where === 'path' && place.name === '') {
      if (probePath.test(sample.lower)) return { rule: 'probe', confidence: 0.8, reason: 'asks for a file that only tools ask for' };
    }
    if (place.kind === 'code' || place.kind === 'free-text' || sample.text.length > 4096) return null;
    return callsBack(sample.text) ? { rule: 'callback', confidence: 0.8, reason: 'names a host where tools wait for a call back' } : null;
  },
};

/** Whether the first URL of a text, or the text as a bare host, points at such a host. */
function callsBack(text: string): boolean {
  const scheme = text.indexOf('//');
  if (scheme === -1) return text.length < 255 && text.includes('.') && isCallbackHost(text);
  if (isPlainUrl(text)) return false;
  const host = /^(?:[^/@\s]{0,100}@)?([\w.-]{1,255})/.exec(text.slice(scheme + 2, scheme + 360))?.[1];
  return host !== undefined && isCallbackHost(host);
}
