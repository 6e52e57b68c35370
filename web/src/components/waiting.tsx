/** What is being worked on, once it takes longer than a second: words, and seconds that count. */
import { useEffect, useState } from 'react';

export function Waiting({ what }: { what: string }) {
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setSeconds((before) => before + 1), 1000);
    return () => clearInterval(timer);
  }, []);
  return (
    <div role="status" className="waiting-line">
      {seconds < 1 ? null : (
        <>
          <progress aria-label={what} />
          <span>
            {what} <span aria-hidden="true">{seconds} s</span>
          </span>
        </>
      )}
    </div>
  );
}
