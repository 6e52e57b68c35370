/** `?`: all keys, and the switch that turns the single-key ones off (WCAG 2.1.4). */
import { keyHelp } from '../keyboard.ts';
import { setPreferences, usePreferences } from '../preferences.ts';
import { Overlay } from './overlay.tsx';

export function Help({ onClose }: { onClose: () => void }) {
  const { singleKeys } = usePreferences();
  return (
    <Overlay title="Keys" isOpen onClose={onClose} wide>
      <label className="switch-line">
        <input type="checkbox" checked={singleKeys} onChange={(event) => setPreferences({ singleKeys: event.target.checked })} />
        Single-key shortcuts (Ctrl K works either way)
      </label>
      <div className="key-groups">
        {keyHelp.map(({ group, keys }) => (
          <section key={group}>
            <h3>{group}</h3>
            <dl className="keys">
              {keys.map(([key, does]) => (
                <div key={key}>
                  <dt>
                    {key.split(' ').map((one) => (
                      <kbd key={one}>{one}</kbd>
                    ))}
                  </dt>
                  <dd>{does}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Overlay>
  );
}
