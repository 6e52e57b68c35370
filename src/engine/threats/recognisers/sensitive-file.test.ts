import { expect, test } from 'vitest';
import { missed, type Row, refused } from './rows.fixture.ts';
import { sensitiveFile } from './sensitive-file.ts';

const attacks = [
  '.git/config',
  'app/.env',
  '.env.production',
  '.aws/credentials',
  'config.php.bak',
  'index.php~',
  'backup.zip',
  'dump.sql.gz',
  'WEB-INF/web.xml',
  'id_rsa',
  'actuator/heapdump',
  'api/actuator/env',
  'phpmyadmin/index.php',
  'server-status',
  'vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php',
  'c99.php',
  '.DS_Store',
  'uploads/picture.php.jpg',
  'docker-compose.yml',
  'uploads/2026/run.php',
  'error_log',
  'bitrix/.settings.php',
].map((path): Row => ['path', path]);
const ordinary = [
  'api/v1/environments',
  '.well-known/openid-configuration',
  'actuator/health',
  'actuator/info',
  'static/app.3f2a.js',
  'static/app.js.map',
  'integrations/mixpanel.dynamic.js.gz',
  'Accounts/1/CredentialLists/2/Credentials.json',
  'repos/o/r/contents/README.md',
  'repos/o/r/git/refs',
  'downloads/release-1.2.3.zip',
  'api/info.php',
  'users/ada.lovelace',
  'search/backup',
  'v2/databases/1',
  'uploads/2026/photo.jpg',
].map((path): Row => ['path', path]);

test('requests for settings, keys, dumps, shells and consoles are found', () => {
  expect(attacks).toHaveLength(22);
  expect(missed(sensitiveFile, attacks)).toEqual([]);
});

test('resources that only sound alike pass', () => {
  expect(ordinary).toHaveLength(16);
  expect(refused(sensitiveFile, ordinary)).toEqual([]);
});

test('a value is not a request: only paths are looked at', () => {
  expect(
    refused(sensitiveFile, [
      ['query file', '.git/config'],
      ['body $.path', '.env'],
    ]),
  ).toEqual([]);
});
