/** Logs that hold lines of several formats, such as the output of all containers of a machine. */
import { malformed } from './exclusion.ts';
import { type LineFormat, type LineParser, lineFormat } from './line-format.ts';
import type { ReadOptions } from './source.ts';

/** A format whose lines may each be in any of `formats`; only those whose lines stand alone can be among them. */
export function mixedLogFormat(formats: readonly LineFormat[]): LineFormat {
  const parser = (options: ReadOptions): LineParser => {
    const parsers = formats.map((format) => format.parser(options));
    return (line, number) => {
      for (let at = 0; at < parsers.length; at += 1) {
        const parse = parsers[at];
        const item = parse?.(line, number);
        if (parse === undefined || item === undefined || item.kind === 'malformed') continue;
        if (at > 0) {
          // Neighbours are mostly alike: the one that knew this line is asked first next time.
          parsers.splice(at, 1);
          parsers.unshift(parse);
        }
        return item;
      }
      return malformed(number, 'is in no format that is known');
    };
  };
  // Far below the formats alone: it is for what none of them reads.
  return lineFormat({ id: 'mixed-log', title: 'lines of several formats', parser, weight: 0.6, stateless: true });
}
