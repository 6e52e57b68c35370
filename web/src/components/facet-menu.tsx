/** One filter with the values there are and how many operations each holds; the counts come from the server. */
import { Dialog, DialogTrigger } from 'react-aria-components/Dialog';
import { Popover } from 'react-aria-components/Popover';
import { count } from '../format.ts';
import { Button } from './button.tsx';
import { Icon } from './icon.tsx';

export function FacetMenu({
  label,
  facets,
  chosen,
  several,
  word = (value) => value,
  onToggle,
}: {
  label: string;
  facets: readonly { readonly value: string; readonly count: number }[];
  chosen: readonly string[];
  /** More than one may hold at once. */
  several: boolean;
  word?: (value: string) => string;
  onToggle: (value: string) => void;
}) {
  if (facets.length === 0 && chosen.length === 0) return null;
  return (
    <DialogTrigger>
      <Button className={chosen.length > 0 ? 'has-choice' : ''}>
        {label}
        {chosen.length > 0 ? <b>{chosen.length}</b> : null}
        <Icon name="down" />
      </Button>
      <Popover className="popover" placement="bottom start">
        <Dialog className="facet-list" aria-label={`Filter by ${label.toLowerCase()}`}>
          {facets.map((facet) => (
            <label key={facet.value} className="facet">
              <input
                type={several ? 'checkbox' : 'radio'}
                name={`facet-${label}`}
                checked={chosen.includes(facet.value)}
                onChange={() => onToggle(facet.value)}
                onClick={() => !several && chosen.includes(facet.value) && onToggle(facet.value)}
              />
              <span className="clip">{word(facet.value)}</span>
              <span className="quiet-text">{count(facet.count)}</span>
            </label>
          ))}
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}
