/** The few line drawings of the page, 16 by 16, drawn with the text colour. */
const drawings = {
  posture: 'M2 12.5h12M2 8.5h8M2 4.5h5',
  inventory: 'M2.5 3h11v3h-11zM2.5 8.5h11v4.5h-11zM5 4.5h.01M5 10.7h4',
  triage: 'M3 2.5v11M3 3h8.5l-2 3 2 3H3',
  threats: 'M8 1.8 13.5 4v4c0 3.2-2.3 5.4-5.5 6.4C4.8 13.4 2.5 11.2 2.5 8V4zM8 5v3.6M8 11h.01',
  controls: 'M3 4h1.5M7 4h6M3 8h1.5M7 8h6M3 12h1.5M7 12h6',
  sources: 'M8 2v8m0 0L5 7m3 3 3-3M2.5 11v2.5h11V11',
  settings: 'M2 5h7m3 0h2M2 11h2m3 0h7M10.5 3.3v3.4M5.5 9.3v3.4',
  search: 'M7 2.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9zM10.3 10.3 14 14',
  down: 'M4 6l4 4 4-4',
  right: 'M6 4l4 4-4 4',
  close: 'M3.5 3.5l9 9m0-9-9 9',
  more: 'M3.5 8h.01M8 8h.01M12.5 8h.01',
  theme: 'M8 2v12M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zM8 5h4.8M8 8h6M8 11h4.8',
  help: 'M5.6 6a2.5 2.5 0 1 1 3.7 2.2c-1 .6-1.3 1-1.3 1.9M8 12.8v.2',
  external: 'M6 3H3v10h10v-3M9 2.5h4.5V7M13.5 2.5 7.5 8.5',
  copy: 'M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3',
  up: 'M4 10l4-4 4 4',
  filter: 'M2 3.5h12L9.5 9v4.5L6.5 12V9z',
  without: 'M8 2.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11zM5 8h6',
  plus: 'M8 3v10M3 8h10',
} as const;

export type IconName = keyof typeof drawings;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon-line" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
      <path d={drawings[name]} />
    </svg>
  );
}
