import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { test } from 'node:test';
import { systemErrorCode } from '../src/index.ts';

/** As Node.js makes them: numbers of system calls are negative. */
const systemError = (code: string | undefined, errno: number | undefined): Error =>
  Object.assign(new Error('a system call failed'), { code, errno });

test('an error of the system is named by its number where libuv has no name for it', () => {
  const { EDQUOT, EMFILE } = constants.errno;
  for (const code of [undefined, `Unknown system error -${EDQUOT}`, 'UNKNOWN']) {
    assert.equal(systemErrorCode(systemError(code, -EDQUOT)), 'EDQUOT', code);
    assert.equal(systemErrorCode(systemError(code, EDQUOT)), 'EDQUOT', code);
    assert.equal(systemErrorCode(systemError(code, -EMFILE)), 'EMFILE', code);
  }
});

test('a name that is there counts before the number, and nothing is made up', () => {
  assert.equal(systemErrorCode(systemError('ENOSPC', -constants.errno.EDQUOT)), 'ENOSPC');
  assert.equal(systemErrorCode(systemError('STORE_LOCKED', undefined)), 'STORE_LOCKED');
  assert.equal(systemErrorCode(systemError('Unknown system error -99999', -99999)), 'Unknown system error -99999');
  assert.equal(systemErrorCode(systemError(undefined, -99999)), undefined);
  for (const thrown of [undefined, null, 'text', 7, {}]) assert.equal(systemErrorCode(thrown), undefined);
});
