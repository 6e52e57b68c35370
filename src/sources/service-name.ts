/** The short name of a service, for joining documents with traffic. */

/** The title in kebab case (`Payments API (v2)` is `payments-api-v2`), else the file's name without folder and endings. */
export function serviceName(title: string, file: string): string {
  return kebab(title) || kebab(fileStem(file)) || 'unnamed';
}

/** Lower case words joined by hyphens; letters keep their script, accents are dropped. At most 80 characters. */
export function kebab(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/['’]/g, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 80)
    .replace(/-+$/, '');
}

function fileStem(file: string): string {
  const name = file.slice(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1);
  return name.replace(/(?:\.(?:gz|zst|json|ya?ml|conf|har))+$/i, '');
}
