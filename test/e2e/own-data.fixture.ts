/** What somebody might bring in the first five minutes: a small spec that forgot something, and the log of a few days. */

/** @param mended with the security requirement, the error answers and the limits that the first version lacks */
export function ownSpec({ mended }: { readonly mended: boolean }): string {
  const secured = mended ? 'security: [{ bearer: [] }]' : '';
  return `openapi: 3.1.0
info: { title: Library, version: 1.0.0, description: Books and who lends them. }
servers: [{ url: https://api.library.example }]
${secured}
paths:
  /books:
    get:
      summary: Books on the shelf
      responses: { "200": { description: The books }, "401": { description: Who are you } }
  /books/{bookId}:
    parameters: [{ name: bookId, in: path, required: true, schema: { type: integer } }]
    get:
      summary: One book
      responses: { "200": { description: The book }, "401": { description: Who are you }, "404": { description: No such book } }
  /loans:
    post:
      summary: Lend a book
      responses: { "201": { description: Lent }, "401": { description: Who are you } }
  /catalogue/export:
    get:
      summary: All books as a file
      responses: { "200": { description: The file }, "401": { description: Who are you } }
${mended ? '  /members/{memberId}:\n    parameters: [{ name: memberId, in: path, required: true, schema: { type: integer } }]\n    get:\n      summary: One member\n      responses: { "200": { description: The member }, "401": { description: Who are you } }\n' : ''}components:
  securitySchemes:
    bearer: { type: http, scheme: bearer }
`;
}

/** Calls of the days before `nowMs` as nginx writes them, among them an operation no spec names and some noise. */
export function ownLog(nowMs: number): string {
  const lines: string[] = [];
  for (let at = 0; at < 1200; at++) {
    const ms = nowMs - (1200 - at) * 180_000;
    const client = `198.51.100.${(at % 40) + 1}`;
    const [request, status, agent] =
      at % 50 === 49
        ? ['GET /favicon.ico', 200, 'Mozilla/5.0']
        : at % 75 === 74
          ? ['GET /wp-login.php', 404, 'Mozilla/5.0 zgrab/0.x']
          : at % 5 === 0
            ? ['GET /books', 200, 'library-app/2.1']
            : at % 5 === 1
              ? [`GET /books/${1000 + ((at * 37) % 400)}`, 200, 'library-app/2.1']
              : at % 5 === 2
                ? ['POST /loans', 201, 'library-app/2.1']
                : [`GET /members/${5000 + ((at * 13) % 300)}`, 200, 'library-app/2.1'];
    lines.push(`${client} - - [${stamp(ms)}] "${request} HTTP/1.1" ${status} ${300 + (at % 90)} "-" "${agent}"`);
  }
  return `${lines.join('\n')}\n`;
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function stamp(ms: number): string {
  const at = new Date(ms);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(at.getUTCDate())}/${months[at.getUTCMonth()]}/${at.getUTCFullYear()}:${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())} +0000`;
}

/** The gateway in front of it, with routes and limits: what the first change asks for. */
export const ownGateway = `limit_req_zone $binary_remote_addr zone=calls:10m rate=10r/s;
server {
  listen 443 ssl;
  server_name api.library.example;
  location /books { limit_req zone=calls burst=20; proxy_pass http://library; }
  location /loans { limit_req zone=calls burst=20; proxy_pass http://library; }
  location /members { limit_req zone=calls burst=20; proxy_pass http://library; }
}
`;
