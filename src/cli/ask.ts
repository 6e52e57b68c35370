import { createInterface } from 'node:readline/promises';

/** Asks on the terminal; the question goes to standard error, so that the result stays clean. Callers check `canAsk`. */
export async function ask(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await lines.question(question);
  } finally {
    lines.close();
  }
}
