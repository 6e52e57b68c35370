/** Serialised objects where data belongs: streams that rebuild objects of Java, PHP, .NET, Python, Ruby or Node, and gadget classes by name. */
import { type Place, type Recogniser, type Recognition, type Sample, sign } from '../recogniser.ts';
import { isPlainUrl } from './ssrf-plain-url.ts';

const found = (rule: string, confidence: number, reason: string): Recognition => ({ rule, confidence, reason });

/** Classes that have no business in a request but to run something while they are rebuilt. */
const gadget =
  /\b(?:com\.sun\.(?:rowset\.jdbcrowsetimpl|org\.apache\.(?:xalan|bcel)|jndi\.|corba\.)|org\.apache\.(?:commons\.(?:collections4?\.(?:functors|keyvalue|comparators|map)|beanutils\.beancomparator|configuration2?\.|fileupload\.disk|dbcp2?\.|io\.input)|xalan\.|xbean\.|openjpa\.|tomcat\.dbcp|ibatis\.datasource|shiro\.(?:jndi|realm))|org\.codehaus\.groovy\.runtime\.|org\.springframework\.(?:beans\.factory\.|context\.support\.|aop\.|jndi\.|transaction\.jta)|com\.mchange\.v2\.c3p0|javax\.(?:management\.badattribute|imageio\.imageio\$|naming\.(?:initialcontext|spi)|script\.scriptenginemanager)|java\.(?:beans\.eventhandler|rmi\.server\.unicastremote|util\.priorityqueue|net\.urlclassloader|lang\.(?:autocloseable|reflect\.proxy))|sun\.(?:rmi\.|reflect\.annotation)|ysoserial|net\.sf\.json|com\.zaxxer\.hikari|oracle\.jdbc\.|weblogic\.(?:jms|common|ejb)|com\.bea\.core|ch\.qos\.logback\.core|org\.hibernate\.jmx|com\.caucho\.)/;
/** What each of them begins with: searched first, because it is cheap. */
const gadgetHome = /org\.|java|com\.(?:sun|mch|zax|bea|cau)|sun\.r|net\.sf|oracle\.j|weblogic\.|ch\.qos|ysoserial/;
const dotnet =
  /system\.(?:windows\.data\.objectdataprovider|diagnostics\.process|configuration\.install\.assemblyinstaller|security\.(?:principal\.windowsidentity|claims\.claimsidentity)|windows\.(?:resourcedictionary|markup)|collections\.generic\.sortedset|workflow\.componentmodel|activities\.presentation|data\.dataset|management\.automation)|typeconfusedelegate|textformattingrunproperties|objectstateformatter|losformatter/;

export const deserialisation: Recogniser = {
  category: 'deserialisation',
  signs: 0,
  recognise(sample: Sample, place: Place): Recognition | null {
    const { text } = sample;
    if (isPlainUrl(text)) return null;
    const first = text.charCodeAt(0);
    // Base64 and binary streams stand at the front of a value and show no sign.
    if (first === 0x72 && text.startsWith('rO0AB')) return found('java-stream', 0.95, 'holds a Java object stream');
    if (first === 0xac && text.startsWith('\u00ac\u00ed\0\u0005')) return found('java-stream', 0.97, 'holds a Java object stream');
    if (first === 0x41 && text.startsWith('AAEAAAD/////')) return found('dotnet-stream', 0.95, 'holds a .NET object stream');
    if (first === 0 && text.startsWith('\0\u0001\0\0\0\u00ff\u00ff\u00ff\u00ff'))
      return found('dotnet-stream', 0.95, 'holds a .NET object stream');
    if (first === 0x80 && /^\x80[\x02-\x05].{1,40}(?:c[\w.]{1,40}\n|\x8c)/s.test(text.slice(0, 80)))
      return found('python-pickle', 0.85, 'holds a Python pickle');
    if (first === 4 && /^\x04\x08[oCuUeI[{]/.test(text)) return found('ruby-marshal', 0.8, 'holds a Ruby object stream');
    if (first === 0x67 && /^gAS[VW][A-Za-z0-9+/]{6}(?:A{2,8})/.test(text)) return found('python-pickle', 0.8, 'holds a Python pickle');
    if (first === 0x61 && /^aced0005[0-9a-f]{2}/i.test(text)) return found('java-stream', 0.9, 'holds a Java object stream');
    if (
      (sample.signs & (sign.colon | sign.brace | sign.dollar | sign.angle | sign.control | sign.parenthesis | sign.dots | sign.hash)) ===
        0 &&
      !text.includes('.')
    )
      return null;
    return inText(sample, place);
  },
};

/** What a serialised object of PHP begins with: searched first, because it is cheap. */
const objectMark = /[oc]:\+?\d/;

function inText(sample: Sample, place: Place): Recognition | null {
  if (
    (place.where === 'body-name' || place.where === 'query-name') &&
    /\[#(?:post_render|pre_render|lazy_builder|access_callback|value_callback|submit|validate|process|after_build|markup)\]/.test(
      sample.lower,
    )
  )
    return found('render-array', 0.88, 'names a callback that a page builder would call');
  if (sample.text.length > 65_536) return null;
  const lower = sample.lower;
  if ((sample.signs & sign.colon) !== 0 && (sample.signs & sign.brace) !== 0) {
    if (objectMark.test(lower) && /(?:^|[;{:\s|"'\\])[OC]:\+?\d{1,9}:\\?"[\w\\\0]{1,200}\\?":\+?\d{1,9}:\\?\{/i.test(sample.text))
      return found('php-object', 0.9, 'holds a serialised PHP object');
    if (sample.text.length > 3 && /^a:\d{1,9}:\{[is]:\d{1,9}[;:].{0,2000}O:\d/s.test(sample.text))
      return found('php-object', 0.85, 'holds a serialised PHP object');
  }
  if ((sample.signs & sign.dollar) !== 0 && lower.includes('_$$nd_func$$_'))
    return found('node-function', 0.95, 'holds a serialised Node function');
  if (
    (sample.signs & sign.control) !== 0 &&
    /(?:^|\n|\()c(?:os|posix|nt|subprocess|__builtin__|builtins|commands|sys|importlib)\n(?:system|popen|call|check_output|eval|exec|getattr|run|spawn\w{0,3}|__import__)\n/.test(
      sample.text,
    )
  )
    return found('python-pickle', 0.93, 'holds a Python pickle that calls a function');
  if (lower.includes('!!') && /!!(?:python\/(?:object|name|module|tuple)|javax?\.|com\.sun\.|org\.[a-z]{1,20}\.|net\.|sun\.)/.test(lower))
    return found('yaml-tag', 0.85, 'names a class to build in YAML');
  if (lower.includes('!ruby/') && /!ruby\/(?:object|hash|struct|class|array|string)/.test(lower))
    return found('yaml-tag', 0.88, 'names a class to build in YAML');
  if ((sample.signs & sign.angle) !== 0) {
    if (
      /<java[^<>]{0,200}class\s{0,4}=\s{0,4}["']java\.beans\.xmldecoder|<object[^<>]{0,100}class\s{0,4}=\s{0,4}["']java\.(?:lang|io|net)\.|<void[^<>]{0,60}(?:method|property|class)\s{0,4}=/.test(
        lower,
      )
    )
      return found('xml-decoder', 0.88, 'builds Java objects from XML');
    if (
      /<(?:dynamic-proxy|sorted-set|tree-map|linked-hash-set|java\.util\.priorityqueue|jdk\.nashorn|com\.sun\.|org\.apache\.commons\.)[^<>]{0,200}>/.test(
        lower,
      ) &&
      /<handler\b|<interface>|serialization|processbuilder|<command>|xalan|nativestring/.test(lower)
    )
      return found('xml-gadget', 0.88, 'builds Java objects from XML');
    if (/<objectdataprovider\b|x:static|<resourcedictionary\b/.test(lower) && /process|objecttype|methodname/.test(lower))
      return found('xaml-gadget', 0.88, 'builds .NET objects from markup');
  }
  const code = place.kind === 'code' || place.kind === 'free-text';
  if (lower.includes('.')) {
    if (gadgetHome.test(lower) && gadget.test(lower))
      return found('gadget-class', code ? 0.4 : isTypeField(place.name) ? 0.92 : 0.75, 'names a class known to run code when rebuilt');
    if ((lower.includes('system.') || lower.includes('delegate') || lower.includes('formatt')) && dotnet.test(lower))
      return found('gadget-class', code ? 0.4 : isTypeField(place.name) ? 0.92 : 0.6, 'names a .NET class known to run code when rebuilt');
    if (lower.includes('@type') && /["']?@type["']?\s{0,4}:\s{0,4}["'](?:l?com\.|l?org\.|java\.|javax\.|\[)/.test(lower))
      return found('type-field', 0.8, 'says which class to build');
  }
  return null;
}

/** Names under which readers of JSON and XML look for the class to build. */
function isTypeField(name: string): boolean {
  return /@type$|@class$|\$type$|(?:^|\.)_?class(?:name)?$|\.javaclass$|__type$/i.test(name);
}
