/** Shown when the server does not know this browser: how to get a link, and nothing that could be guessed at. */
import { Button } from '../components/button.tsx';
import { CopyBlock } from '../components/copy-block.tsx';

export function SignIn({ onRetry }: { onRetry: () => void }) {
  return (
    <main className="sign-in">
      <h1>Open Stance with a link</h1>
      <p>
        This browser has no session. <code>stance up</code> prints a link that opens this page once; there is no password. If the terminal
        is gone, make a new link on the machine where Stance runs:
      </p>
      <CopyBlock label="Command that prints a new link" text="npx stance link" />
      <p className="quiet-text">Open the printed address in this browser. It works one time, on this machine.</p>
      <Button kind="main" onPress={onRetry}>
        I have opened the link
      </Button>
    </main>
  );
}
