// Names of a cluster's double, as the resolver of a pod asks for them (RFC 1035): IPv4 addresses, no others.
const ADDRESS = 1;
const INTERNET = 1;
const SECONDS = 5;
const NO_SUCH_NAME = 3;

/**
 * @param {Buffer} question
 * @param {Record<string, string[]>} names addresses by their full names, without the last dot
 * @returns {Buffer | undefined} what to send back; undefined for what is no question
 */
export function answerTo(question, names) {
  if (question.length < 17) return undefined;
  const labels = [];
  let at = 12;
  while (question[at]) {
    labels.push(question.toString('latin1', at + 1, at + 1 + question[at]));
    at += question[at] + 1;
  }
  const type = question.readUInt16BE(at + 1);
  const found = names[labels.join('.').toLowerCase()];
  const addresses = type === ADDRESS ? (found ?? []) : [];
  const header = Buffer.from(question.subarray(0, 12));
  // An answer of the authority itself; whether recursion was wished for is repeated, and granted.
  header.writeUInt16BE(0x8480 | (question.readUInt16BE(2) & 0x0100) | (found ? 0 : NO_SUCH_NAME), 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(addresses.length, 6);
  header.writeUInt32BE(0, 8);
  return Buffer.concat([header, question.subarray(12, at + 5), ...addresses.map(record)]);
}

/** The name is that of the question, by a pointer to it. */
function record(address) {
  const record = Buffer.alloc(16);
  record.writeUInt16BE(0xc00c, 0);
  record.writeUInt16BE(ADDRESS, 2);
  record.writeUInt16BE(INTERNET, 4);
  record.writeUInt32BE(SECONDS, 6);
  record.writeUInt16BE(4, 10);
  for (const [n, part] of address.split('.').entries()) record[12 + n] = Number(part);
  return record;
}
