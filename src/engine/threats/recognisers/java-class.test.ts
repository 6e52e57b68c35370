import { expect, test } from 'vitest';
import { javaClass, namesJavaClass } from './java-class.ts';
import { missed, type Row, refused } from './rows.fixture.ts';

const attacks: readonly Row[] = [
  ['query q', 'java.lang.ProcessBuilder'],
  ['body $.kind', 'java.io.ObjectInputStream'],
  ['header test', 'org.apache.commons.collections'],
  ['query q', 'runtime.invokertransformer'],
  ['body $.a', 'cHJvY2Vzc2J1aWxkZXI'],
  ['cookie c', 'AHJ1bnRpbWU'],
  ['body $.a', 'xxKztAAUFx'],
];
const ordinary: readonly Row[] = [
  ['body $.exception', 'java.lang.NullPointerException'],
  ['body $.type', 'java.lang.IllegalStateException'],
  ['body $.groupId', 'org.apache.commons'],
  ['body $.logger', 'java.util.concurrent.Executor'],
  ['body $.name', 'java.version'],
  ['body $.text free-text', 'we use java.io.File and java.net.URL here'],
  ['query q', 'foreclosure'],
  ['body $.token', 'cnVuIHRoZSB0aGluZyBhdCBydW50aW1lIHBsZWFzZQ=='],
];

test('names of runtime classes and of object chains are found, plain or behind base64', () => {
  expect(missed(javaClass, attacks)).toEqual([]);
});

test('reports, packages and writing name classes by right', () => {
  expect(refused(javaClass, ordinary)).toEqual([]);
});

test('a field named as a class is no plain name', () => {
  expect(['java.lang.Runtime', 'ProcessBuilder.a.forclosure'].map(namesJavaClass)).toEqual([true, true]);
  expect(['user.name', 'runtimeId', 'javaVersion', 'meta.java'].map(namesJavaClass)).toEqual([false, false, false, false]);
});
