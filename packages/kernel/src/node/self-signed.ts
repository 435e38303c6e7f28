import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import {
  der,
  derBits,
  derExplicit,
  derInteger,
  derObjectId,
  derOctets,
  derSequence,
  derSet,
  derTime,
  derTrue,
  derUtf8,
} from './der.ts';

const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2';
const COMMON_NAME = '2.5.4.3';
const SUBJECT_ALT_NAME = '2.5.29.17';
const BASIC_CONSTRAINTS = '2.5.29.19';
const DAY_MS = 86_400_000;
const VALID_DAYS = 3650;

interface CertificateAndKey {
  readonly certificatePem: string;
  readonly keyPem: string;
}

/**
 * Makes an EC P-256 key and a certificate for `localhost`, 127.0.0.1 and ::1, signed by itself, valid for ten years from
 * the day before `nowMs`. It proves nothing about who serves; it lets clients encrypt, as Apache's test mode does.
 * Layout: RFC 5280 section 4.1.
 */
export function makeSelfSignedCertificate(nowMs: number): CertificateAndKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const algorithm = derSequence(derObjectId(ECDSA_WITH_SHA256));
  const name = derSequence(derSet(derSequence(derObjectId(COMMON_NAME), derUtf8('localhost'))));
  // A clock that is a little behind ours must not find a certificate from the future.
  const notBefore = nowMs - DAY_MS;
  const toBeSigned = derSequence(
    derExplicit(0, derInteger(Buffer.from([2]))),
    derInteger(serialNumber()),
    algorithm,
    name,
    derSequence(derTime(notBefore), derTime(notBefore + VALID_DAYS * DAY_MS)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    derExplicit(3, derSequence(basicConstraints(), subjectAltNames())),
  );
  const signature = sign('sha256', toBeSigned, privateKey);
  const certificate = derSequence(toBeSigned, algorithm, derBits(signature));
  return {
    certificatePem: pem('CERTIFICATE', certificate),
    keyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

/** Random, positive and without leading zeros, so that two servers never show the same number. */
function serialNumber(): Buffer {
  const bytes = randomBytes(16);
  bytes[0] = 0x40 | ((bytes[0] ?? 0) & 0x3f);
  return bytes;
}

/** Marked as an authority, so that a client that wants to can trust this very certificate. */
function basicConstraints(): Buffer {
  return derSequence(derObjectId(BASIC_CONSTRAINTS), derTrue(), derOctets(derSequence(derTrue())));
}

function subjectAltNames(): Buffer {
  const dnsName = der(0x82, Buffer.from('localhost', 'latin1'));
  const ipv4 = der(0x87, Buffer.from([127, 0, 0, 1]));
  const ipv6 = der(0x87, Buffer.concat([Buffer.alloc(15), Buffer.from([1])]));
  return derSequence(derObjectId(SUBJECT_ALT_NAME), derOctets(derSequence(dnsName, ipv4, ipv6)));
}

function pem(label: string, content: Buffer): string {
  const lines = content.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
