import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

/**
 * React Aria ships its few spoken words in thirty languages; the page is English, so the others become empty modules.
 * Saves about 40 KB gzip of the first load.
 */
function englishOnly(): Plugin {
  const dictionary =
    /(?:react-aria|react-stately|react-aria-components|@react-aria|@react-stately)\/.*\/intl\/.*\/([a-z]{2}-[A-Z]{2})\.m?js$/;
  return {
    name: 'english-only',
    enforce: 'pre',
    load(id) {
      const locale = dictionary.exec(id)?.[1];
      return locale !== undefined && locale !== 'en-US' ? 'export default {};' : null;
    },
  };
}

// A NODE_ENV of the shell (a test run sets `test`) must not turn what is shipped into a development build.
if (process.argv.includes('build')) process.env.NODE_ENV = 'production';

export default defineConfig({
  root: import.meta.dirname,
  plugins: [englishOnly(), react()],
  server: {
    host: '127.0.0.1',
    port: 7701,
    proxy: {
      '/api': 'http://127.0.0.1:7700',
      '/open': 'http://127.0.0.1:7700',
    },
  },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2023',
    // A small file as a data: address would need img-src data: in the policy.
    assetsInlineLimit: 0,
  },
});
