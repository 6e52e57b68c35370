/** Markup that runs a script: tags, event attributes and addresses with a scheme that is code. */
import type { Place, Recognition } from '../recogniser.ts';
import { sign } from '../recogniser.ts';

/** An attribute that starts a script, after what separates attributes in the most lenient of parsers. */
const eventAttribute = /(?:^|[\s"'`/\\,;+>\0-\x1f])on[a-z]{3,40}[\s\0-\x1f]{0,20}=/g;
/** Words with that shape that are none. */
const notEvents = /on(?:line|boarding|going|site|demand|cology)[\s]{0,20}=$/;
/** Straight after the quote that ends the attribute before it. */
const quotedEvent =
  /["'`][\s/]{0,2}on(?:focus|blur|mouse|load|error|click|dblclick|key|pointer|touch|toggle|animation|transition|begin|start|input|change|submit|drag|drop|scroll|wheel|copy|cut|paste)[a-z]{0,16}[\s]{0,4}=$/;
const anyTag = /<[\s\0-\x1f%]{0,4}[a-z!?/:]/;
const scriptTag = /<[\s\0-\x1f/]{0,8}(?:[a-z]{1,10}:)?script(?:$|[\s\0-\x1f/>:<"'+,;#(%\x80-\uffff][^>]{0,300}?(?:>|=)|>)/;
/** Tags that load or run something by themselves, and the attribute without which they do nothing. */
const loadingTag =
  /<(?:iframe|frame|object|embed|applet|base|link|import|bgsound|layer|ilayer|xml|isindex|portal|x?:?include|foreignobject|math|svg|use|animate|set|handler|event-source|meta|form|button|input|image|img|video|audio|source|table|td|body|a|div|p|x|html|param|maction)\b[^>]{0,400}?\b(?:src|srcdoc|href|data|code|codebase|action|formaction|background|from|to|values|content|dynsrc|lowsrc|poster|classid|datasrc|implementation|folder|xlink:href)[\s\0-\x1f]{0,8}=[\s\0-\x1f"'`]{0,8}(?:[\s\0-\x1f]{0,9}(?:javascript|vbscript|livescript|mocha|jar|view-source|feed|mhtml)[\s\0-\x1f]{0,4}:|data:|\\|&#|%)/;
const bareLoadingTag =
  /<(?:iframe|frame|object|embed|applet|bgsound|ilayer|isindex|portal|frameset|base\s{1,9}href|meta\s{1,9}(?:http-equiv|charset)|link\s[^>]{0,200}(?:stylesheet|import)|xml\s[^>]{0,60}(?:src|id)=|\?import|\?xml-stylesheet|\?xml:namespace|!entity|!\[cdata\[|comment|xss|py-script|noembed|listing|event-source)(?:[\s\0-\x1f/>=]|$)/;
const styleAttack =
  /(?:expression[\s\0-\x1f\\/*]{0,20}\(|-moz-binding|behaviou?r[\s]{0,9}:[\s]{0,9}url|@import[\s'"\\]|binding[\s]{0,9}:[\s]{0,9}url|url\([\s'"]{0,9}(?:javascript|data:text|vbscript))/;
const codeScheme = /(?:^|[\s"'`=(,:;>\0-\x1f\x7f-\xa0[\]])(?:javascript|vbscript|livescript)[\s\0-\x1f]{0,9}:[\s\0-\x1f]{0,9}/g;
/** Addresses that do nothing on purpose: pages use them for links that a script serves, and trackers report them. */
const idleScheme =
  /^(?:;|void\b[\s(]{0,3}(?:0|null)?[\s)]{0,3};?|false|history\.(?:back|go)|[a-z]{1,20}(?:,? [a-z&-]{1,20}){1,8}[.!?]?$|\/\/|#|$)/;
const dataPage =
  /data:(?:text\/(?:html|xml|javascript|x-)|image\/svg|application\/(?:x-javascript|xhtml|javascript))|data:[^,;\s]{0,40};base64,phn/;
/** Markup that lays out or styles a page; people who write bold text do not need it. */
const structuralTag =
  /<(?:svg|math|meta|link|base|xml|style|form|input|body|html|head|set|import|feimage|rect|image|listener|handler|textarea|select|button|details|keygen|marquee|template|slot|xmp|plaintext|stylesheet)(?:[\s\0-\x1f/>:]|$)|<(?:svg|xss|html|xml|xsl):[a-z]|<[a-z]{1,12}[\s/][^>]{0,200}?\b(?:style|datasrc|xlink:href|xmlns(?::[a-z]{1,12})?|dirname|ev:event)\s{0,4}=/;
/** What a document of XML begins with by right: its declaration, and a root by the name of the format. */
const rootTag = /^\s{0,20}(?:<\?xml[^>]{0,200}>\s{0,20})?<xml(?=[\s>])/;
/** A value that is nothing but an element or a comment. */
const wholeMarkup = /^\s{0,40}<(?:!--|!doctype|\/?[a-z][a-z0-9:]{0,20}(?:\s{1,8}[a-z][\w:-]{0,30}\s{0,4}=[^>]{0,300}|\s{0,4}\/?)>)/;
const angleProbe = /^(?:&#x0{0,20}3c;?|&#0{0,20}60;?|&lt;?|\\x3c|\\u003c|%3c|%u003c)$/;
const styleExpression =
  /\bstyle\s{0,4}=\s{0,4}["']?[\w-]{0,20}\s{0,4}:\s{0,4}(?:expression|\\65\s?xpression)\s{0,4}(?:\(|\\28)|attributename\s{0,4}=\s{0,4}["']?(?:xlink:)?href/;
const closingTag =
  /^[\s"'`>)\]};&\\-]{0,16}<\/(?:script|style|title|textarea|noscript|xmp|noembed|template|iframe|math|svg|select|comment|html|body|plaintext)[\s>]/;

/** @param lower text in lower case */
export function readMarkup(lower: string, signs: number, place: Place): Recognition | null {
  const hasTag = (signs & sign.angle) !== 0 && anyTag.test(lower);
  if (hasTag) {
    const script = scriptTag.exec(lower);
    if (script !== null) return { rule: 'script-tag', confidence: isPage(lower, place) ? 0.4 : 0.9, reason: 'holds a script element' };
    if (closingTag.test(lower)) return { rule: 'closing-tag', confidence: 0.6, reason: 'closes an element that it did not open' };
    const loading = loadingTag.exec(lower);
    if (loading !== null && !isIdle(lower, loading.index + loading[0].length))
      return { rule: 'loading-tag', confidence: 0.85, reason: 'holds an element that runs code by its address' };
    if (place.kind !== 'html' && bareLoadingTag.test(lower))
      return {
        rule: 'embedding-tag',
        confidence: isDocument(lower) ? 0.4 : 0.6,
        reason: 'holds an element that embeds another page or program',
      };
    if ((signs & (sign.parenthesis | sign.colon | sign.at)) !== 0 && styleAttack.test(lower))
      return { rule: 'style-script', confidence: 0.8, reason: 'runs a script from a style' };
  }
  if (
    hasTag &&
    place.where === 'query' &&
    place.kind !== 'html' &&
    place.kind !== 'free-text' &&
    lower.length < 400 &&
    wholeMarkup.test(lower)
  )
    return { rule: 'markup-value', confidence: 0.5, reason: 'is markup where the address of a page holds a value' };
  if (angleProbe.test(lower)) return { rule: 'angle-probe', confidence: 0.55, reason: 'is nothing but an encoded angle bracket' };
  if (
    hasTag &&
    place.kind !== 'html' &&
    place.kind !== 'free-text' &&
    place.kind !== 'code' &&
    lower.length < 400 &&
    structuralTag.test(place.where === 'raw-body' ? lower.replace(rootTag, '') : lower)
  )
    return { rule: 'structural-tag', confidence: 0.5, reason: 'holds markup that builds a page' };
  if ((signs & sign.equals) !== 0) {
    if (styleExpression.test(lower)) return { rule: 'style-script', confidence: 0.75, reason: 'runs a script from a style' };
    const found = readEvents(lower, hasTag);
    if (found !== null) return found;
  }
  if ((signs & sign.colon) !== 0) {
    if (
      hasCodeScheme(lower) ||
      ((signs & (sign.control | sign.backslash)) !== 0 &&
        lower.length < 4_096 &&
        hasCodeScheme(lower.replace(/[\0-\x20\\\u200b-\u200f\u202a-\u202e]+/g, '')))
    )
      return { rule: 'code-scheme', confidence: 0.8, reason: 'holds an address whose scheme is code' };
    if (dataPage.test(lower) && place.where !== 'file')
      return { rule: 'data-page', confidence: 0.6, reason: 'holds a whole page as an address' };
  }
  return null;
}

function readEvents(lower: string, hasTag: boolean): Recognition | null {
  eventAttribute.lastIndex = 0;
  for (let match = eventAttribute.exec(lower); match !== null; match = eventAttribute.exec(lower)) {
    if (notEvents.test(match[0])) continue;
    // Source of components writes handlers in braces.
    if (lower.length > 400 && lower.charAt(match.index + match[0].length) === '{') continue;
    if (hasTag && lower.lastIndexOf('<', match.index + 1) >= 0)
      return { rule: 'event-attribute', confidence: 0.9, reason: 'holds an element with an event handler' };
    if (quotedEvent.test(lower.slice(Math.max(0, match.index - 3), match.index + match[0].length)))
      return { rule: 'event-breakout', confidence: 0.65, reason: 'adds an event handler to an element' };
    const value = lower.slice(match.index + match[0].length, match.index + match[0].length + 200);
    const isQuoted = /["'`>]/.test(lower.slice(Math.max(0, match.index - 40), match.index + 1));
    if (/[(`[]|\b(?:alert|eval|location|document|import|fetch)\b/.test(value) && (isQuoted || match.index < 8))
      return { rule: 'event-breakout', confidence: 0.75, reason: 'adds an event handler to an element' };
  }
  return null;
}

function hasCodeScheme(text: string): boolean {
  codeScheme.lastIndex = 0;
  for (let match = codeScheme.exec(text); match !== null; match = codeScheme.exec(text)) {
    const rest = text.slice(match.index + match[0].length, match.index + match[0].length + 200);
    if (idleScheme.test(rest)) continue;
    // `JavaScript: the good parts` is a title; code behind a space shows a call or an assignment.
    if (/\s$/.test(match[0]) && !/[\w$\])]\(|[`=%]|\]\[|&#/.test(rest)) continue;
    return true;
  }
  return false;
}

function isIdle(lower: string, from: number): boolean {
  return idleScheme.test(lower.slice(from, from + 40).replace(/^["'\s]+/, ''));
}

/** A whole page in a field for pages: editors and site builders store them with their scripts. */
function isPage(lower: string, place: Place): boolean {
  return (
    place.where === 'body' &&
    (place.kind === 'html' || place.kind === 'code' || place.kind === 'free-text') &&
    lower.length > 400 &&
    /<!doctype html|<html[\s>]/.test(lower) &&
    /<(?:head|body)[\s>]/.test(lower)
  );
}

/** A page or a letter as a whole, which may embed things by right. */
function isDocument(lower: string): boolean {
  return /<(?:html|!doctype)\b/.test(lower) && /<(?:head|body)\b/.test(lower);
}
