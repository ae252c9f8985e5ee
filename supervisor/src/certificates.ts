import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

const YEAR_MS = 365 * 24 * 3_600_000;
const BACKDATED_MS = 3_600_000;
/** As long as Kurrent's own tool says. */
const YEARS = 5;

/** A server's certificate with its key, and the authority that it is trusted by. All PEM. */
export interface ServerCertificate {
  ca: string;
  cert: string;
  key: string;
}

/**
 * A certificate for a server (RFC 5280), and an authority of its own whose key is forgotten at once: nobody can make
 * another one that its clients trust. In DER put together here, as nothing that is installed anyway brings a tool for it.
 */
export function makeServerCertificate(commonName: string, hosts: readonly string[]): ServerCertificate {
  const authority = rsaKeys();
  const server = rsaKeys();
  const issuer = nameOf(`${commonName} authority`);
  const ca = certificate({
    ...{ subject: issuer, issuer, publicKey: authority.publicKey, signedBy: authority.privateKey },
    extensions: [extension(OIDS.basicConstraints, sequence(TRUE), true), extension(OIDS.keyUsage, bits(0x06, 1), true)],
  });
  const cert = certificate({
    ...{ subject: nameOf(commonName), issuer, publicKey: server.publicKey, signedBy: authority.privateKey },
    extensions: [
      extension(OIDS.basicConstraints, sequence(), true),
      extension(OIDS.keyUsage, bits(0xa0, 5), true),
      // A node of a cluster is a client of the others.
      extension(OIDS.extendedKeyUsage, sequence(oid(OIDS.serverAuth), oid(OIDS.clientAuth))),
      extension(OIDS.subjectAltName, sequence(...hosts.map(altName))),
    ],
  });
  return { ca, cert, key: server.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string };
}

const OIDS = {
  sha256WithRsa: '2a864886f70d01010b',
  commonName: '550403',
  basicConstraints: '551d13',
  keyUsage: '551d0f',
  extendedKeyUsage: '551d25',
  subjectAltName: '551d11',
  serverAuth: '2b06010505070301',
  clientAuth: '2b06010505070302',
};

interface Content {
  subject: Buffer;
  issuer: Buffer;
  publicKey: KeyObject;
  signedBy: KeyObject;
  extensions: Buffer[];
}

function certificate({ subject, issuer, publicKey, signedBy, extensions }: Content): string {
  const algorithm = sequence(oid(OIDS.sha256WithRsa), der(0x05, Buffer.alloc(0)));
  const now = Date.now();
  const content = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))), // version 3
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    ...[algorithm, issuer, sequence(time(now - BACKDATED_MS), time(now + YEARS * YEAR_MS)), subject],
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions)),
  );
  const lines = sequence(content, algorithm, bits(sign('sha256', content, signedBy)))
    .toString('base64')
    .match(/.{1,64}/g)!;
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

const rsaKeys = () => generateKeyPairSync('rsa', { modulusLength: 2048 });
const nameOf = (words: string) => sequence(der(0x31, sequence(oid(OIDS.commonName), der(0x0c, Buffer.from(words)))));
const extension = (id: string, value: Buffer, critical = false) =>
  sequence(oid(id), ...(critical ? [TRUE] : []), der(0x04, value));
const altName = (host: string) =>
  /^[\d.]+$/.test(host) ? der(0x87, Buffer.from(host.split('.').map(Number))) : der(0x82, Buffer.from(host));

/** UTCTime, to the second. */
function time(at: number): Buffer {
  const [, text] = /^\d\d(.{17})/.exec(new Date(at).toISOString())!;
  return der(0x17, Buffer.from(`${text!.replace(/\D/g, '')}Z`));
}

function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const sequence = (...parts: Buffer[]) => der(0x30, Buffer.concat(parts));
const oid = (hex: string) => der(0x06, Buffer.from(hex, 'hex'));
const bits = (content: Buffer | number, unused = 0) =>
  der(0x03, Buffer.concat([Buffer.from([unused]), typeof content === 'number' ? Buffer.from([content]) : content]));
const TRUE = der(0x01, Buffer.from([0xff]));
