// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the rows are what attackers and templates send
import { expect, test } from 'vitest';
import { missed, type Row, refused } from './rows.fixture.ts';
import { template } from './template.ts';

const attacks: readonly Row[] = [
  ['query name', '{{3*9}}'],
  ['query name', '${3*9}'],
  ['query name', '#{3*9}'],
  ['query name', '<%= 3*9 %>'],
  ['query name', '@(3+9)'],
  ['query name', '*{3*9}'],
  ['query name', '{{config.items()}}'],
  ['query name', "{{''.__class__.__mro__}}"],
  ['query name', "{{request.application.__globals__['x']}}"],
  ['body $.name', '${self.module.cache.util.os}'],
  ['query name', '{% for a in range(9) %}x{% endfor %}'],
  ['query name', '{{_self.env}}'],
  ['query name', "${'freemarker.template.utility.Execute'?new()('id')}"],
  ['query name', '{{ word.toUpperCase() }}'],
  ['header user-agent', 'x{{8*8}}'],
];
const ordinary: readonly Row[] = [
  ['body $.text', 'Hello {{name}}, welcome to {{ company }}'],
  ['body $.url', 'https://api.example.com/users/{user}/items{/item}'],
  ['body $.path', '${HOME}/bin'],
  ['query tag', '#{5}'],
  ['body $.price', '{"$": 5}'],
  ['query q', '{a, b}'],
  ['body $.subject', 'Your order #{{order_id}} has shipped'],
  ['body $.query graphql', '{ items(first: 3) { id } }'],
  ['query ids', '[[1,2],[3,4]]'],
  ['body $.grok', '%{WORD:first} %{NUMBER:n}'],
];

test('sums, surroundings and methods that a template is made to work out are found', () => {
  expect(attacks).toHaveLength(15);
  expect(missed(template, attacks)).toEqual([]);
});

test('placeholders, patterns of addresses and lists pass', () => {
  expect(ordinary).toHaveLength(10);
  expect(refused(template, ordinary)).toEqual([]);
});
