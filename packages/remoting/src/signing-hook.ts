import { createHmac } from 'node:crypto';
import type { Body, RequestHook } from './call.ts';

/** A key pair of an account. */
export interface Credentials {
  readonly accessKey: string;
  readonly secretKey: string;
  /** Of credentials that a security token service gave out. Default none. */
  readonly securityToken?: string | undefined;
}

/**
 * Signs every request: HMAC-SHA1 over the values of all header fields in the order of their names, and the body.
 * Source: AclClientRPCHook, AclUtils#combineRequestContent.
 */
export function signingHook(credentials: Credentials): RequestHook {
  return (_address, _code, extFields, body) => {
    extFields.AccessKey = credentials.accessKey;
    if (credentials.securityToken !== undefined) extFields.SecurityToken = credentials.securityToken;
    delete extFields.Signature;
    const hmac = createHmac('sha1', credentials.secretKey);
    for (const name of Object.keys(extFields).sort()) hmac.update(extFields[name]!, 'utf8');
    for (const piece of pieces(body)) hmac.update(piece);
    extFields.Signature = hmac.digest('base64');
  };
}

function pieces(body: Body | undefined): readonly Uint8Array[] {
  if (body === undefined) return [];
  return body instanceof Uint8Array ? [body] : body;
}
