import { expect, test } from 'vitest';
import { missed, type Row, refused } from './rows.fixture.ts';
import { xxe } from './xxe.ts';

const bomb = `<!DOCTYPE a [<!ENTITY a0 "0123456789">${[1, 2, 3, 4, 5, 6]
  .map((level) => `<!ENTITY a${level} "${`&a${level - 1};`.repeat(10)}">`)
  .join('')}]><a>&a6;</a>`;
const attacks: readonly Row[] = [
  ['raw-body', '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]><a>&b;</a>'],
  ['body $.doc', '<!DOCTYPE a [ <!ENTITY % c PUBLIC "x" "http://host.example/d.dtd"> %c; ]>'],
  ['query q', '<!doctype a system "http://host.example/a.dtd"><a/>'],
  ['raw-body', '<!DOCTYPE a [<!ENTITY % p "x">]>'],
  ['raw-body', bomb],
  ['raw-body', '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'],
  ['raw-body', '<a xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="file:///etc/hostname" parse="text"/></a>'],
  ['raw-body', '<?xml version="1.0" encoding="UTF-7"?>+ADw-a+AD4-'],
  ['raw-body', '<!DOCTYPE a [<!ELEMENT a ANY>]><a/>'],
];
const ordinary: readonly Row[] = [
  ['raw-body', '<?xml version="1.0" encoding="UTF-8"?><order><id>1</id></order>'],
  [
    'body $.html html',
    '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd"><html>',
  ],
  ['body $.page', '<!doctype html><html><body>&amp;&nbsp;</body></html>'],
  ['raw-body', '<plist><!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd"></plist>'],
  ['raw-body', '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body/></s:Envelope>'],
  ['body $.note free-text', 'An entity is written &amp;name; in XML.'],
  ['raw-body', '<rss><item><![CDATA[<p>Hello</p>]]></item></rss>'],
];

test('documents that reach out or blow up are found', () => {
  expect(attacks).toHaveLength(9);
  expect(missed(xxe, attacks)).toEqual([]);
});

test('plain documents, web pages and property lists pass', () => {
  expect(ordinary).toHaveLength(7);
  expect(refused(xxe, ordinary)).toEqual([]);
});
