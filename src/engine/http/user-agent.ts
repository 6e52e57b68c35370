/** The product a user agent names: `Mozilla/5.0 (...)` gives `mozilla`. Enough to tell programs apart, too little to tell people apart. */
export function agentProduct(userAgent: string | null): string | null {
  if (userAgent === null || userAgent === '' || userAgent === '-') return null;
  const product = /^[A-Za-z][A-Za-z._-]{1,23}/
    .exec(userAgent)?.[0]
    .toLowerCase()
    .replace(/[._-]+$/, '');
  return product === undefined ? '(other)' : product;
}
