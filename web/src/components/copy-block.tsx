/** Text to take away: a command, a diff, a draft; scrolls inside itself and copies with one press. */
import { useState } from 'react';
import { Button } from './button.tsx';
import { Icon } from './icon.tsx';

export function CopyBlock({ text, label, file }: { text: string; label: string; file?: string | null }) {
  const [said, say] = useState<'idle' | 'copied' | 'refused'>('idle');
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      say('copied');
    } catch {
      say('refused');
    }
    setTimeout(() => say('idle'), 2500);
  };
  return (
    <figure className="copy-block">
      <figcaption>
        <span className="clip">{file ?? label}</span>
        <Button kind="quiet" onPress={() => void copy()}>
          <Icon name="copy" />
          {said === 'copied' ? 'Copied' : said === 'refused' ? 'Select and copy by hand' : 'Copy'}
        </Button>
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      <section tabIndex={0} aria-label={label} className="copy-text">
        <pre>{text}</pre>
      </section>
      <span className="said" role="status">
        {said === 'copied' ? 'Copied.' : ''}
      </span>
    </figure>
  );
}
