/**
 * Which parts of a service are a website rather than an interface. Pages and their files show themselves (`noise`);
 * where they make up much of what a service answers, folders that are only ever read hold documents: their files are
 * static, and their other names are titles rather than words of an interface.
 */
import { splitExtension } from '../../http/segment.ts';
import type { PathStat } from '../path-stat.ts';

/** Pages and static files among answered requests. An interface that serves a few of its own stays below; sites are far above. */
const PAGE_SHARE_MIN = 0.25;
/** Fewer answered requests tell nothing. */
const ANSWERED_MIN = 50;
/** Answered writes, or answers in JSON, of a folder's answered requests: above it, it is no folder of documents. */
const WRITE_SHARE_MAX = 0.01;
const JSON_SHARE_MAX = 0.1;

/** Folders that say of themselves that an interface is below. */
const interfaceFolder = /^(api|apis|rest|rpc|graphql|odata|oauth2?|services?|internal|gateway|ajax|v\d.*|\{.*)$/i;
/** Data that interfaces answer with, be it in a site. */
const dataExtension = /^(json|xml|csv|tsv|yaml|yml|geojson|rss|atom|ics)$/i;
/** Programs that answer under a file's name. */
const programExtension = /^(do|action|php\d?|aspx?|jspx?|cgi|pl|cfm|dll|exe|axd|ashx|asmx|svc)$/i;

const reads = new Set(['GET', 'HEAD', 'OPTIONS', 'PROPFIND']);

function isFilled(counts: Record<string, number>): boolean {
  for (const _ in counts) return true;
  return false;
}

interface Folder {
  answered: number;
  written: number;
  json: number;
}

function extensionOf(text: string): string {
  return splitExtension(text)?.extension ?? /[^.]\.([A-Za-z][A-Za-z0-9]{0,5})$/.exec(text)?.[1] ?? '';
}

/** Is this the name of a program, `search.cgi`? */
export function isProgram(text: string): boolean {
  return programExtension.test(extensionOf(text));
}

/** A read of a file that is neither a program nor data: `notes.txt`, `{int}.png`. */
function readsDocument(stat: PathStat): boolean {
  if (stat.method !== 'GET' && stat.method !== 'HEAD') return false;
  const extension = extensionOf(stat.segments.at(-1) ?? '');
  return extension !== '' && !dataExtension.test(extension) && !programExtension.test(extension);
}

export class Website {
  readonly #folders: ReadonlySet<string>;

  /** @param indexes which of `paths` belong to the service */
  constructor(paths: readonly PathStat[], indexes: readonly number[]) {
    const folders = new Map<string, Folder>();
    let answered = 0;
    let pages = 0;
    for (const index of indexes) {
      const stat = paths[index];
      if (stat === undefined || stat.ok === 0) continue;
      answered += stat.ok;
      pages += Math.min(stat.ok, (stat.noise.static ?? 0) + (stat.noise.page ?? 0));
      const name = stat.segments[0] ?? '';
      let folder = folders.get(name);
      if (folder === undefined) {
        folder = { answered: 0, written: 0, json: 0 };
        folders.set(name, folder);
      }
      folder.answered += stat.ok;
      if (!reads.has(stat.method)) folder.written += stat.ok;
      // A framework's own route and a body with fields show an interface, whatever the path looks like.
      if (isFilled(stat.routes) || isFilled(stat.responseShapes)) folder.json += stat.ok;
      else for (const type in stat.responseTypes) if (/json/i.test(type)) folder.json += stat.responseTypes[type] ?? 0;
    }
    const isSite = answered >= ANSWERED_MIN && pages >= PAGE_SHARE_MIN * answered;
    this.#folders = new Set(
      [...folders]
        .filter(
          ([name, folder]) =>
            isSite &&
            !interfaceFolder.test(name) &&
            folder.written <= WRITE_SHARE_MAX * folder.answered &&
            folder.json <= JSON_SHARE_MAX * folder.answered,
        )
        .map(([name]) => name),
    );
  }

  /** Is what lies below this first segment a site's documents? */
  has(first: string): boolean {
    return this.#folders.has(first);
  }

  /** Is this path a document or an image of the site? */
  hasFile(stat: PathStat): boolean {
    return this.#folders.has(stat.segments[0] ?? '') && readsDocument(stat);
  }
}
