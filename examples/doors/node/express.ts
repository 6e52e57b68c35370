/** An Express application with the guard in it: `node examples/doors/node/express.ts [PORT]` */
import express from 'express';
import { openGuard } from '../../../src/cli/guard-middleware.ts';

const guard = await openGuard();
const app = express();
app.use(express.json());
app.use(guard.express);
app.get('/orders/:id', (request, response) => void response.json({ id: request.params.id }));
const server = app.listen(Number(process.argv[2] ?? 8080), '127.0.0.1');

process.once('SIGTERM', async () => {
  server.close();
  await guard.close();
});
