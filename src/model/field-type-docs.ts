import type { FieldType } from './field.ts';

/** What values of each type of field are and how conditions write them. */
export const fieldTypeDocs: Readonly<Record<FieldType, string>> = {
  CHARBUF: 'text: bash, or "with blanks" in quotes',
  BYTEBUF: 'bytes: text, or hexadecimal for the operators that begin with b',
  UINT32: 'a number from 0 to 2^32-1',
  UINT64: 'a number from 0 to 2^64-1',
  INT16: 'a number from -2^15 to 2^15-1',
  INT32: 'a number from -2^31 to 2^31-1',
  INT64: 'a number from -2^63 to 2^63-1',
  BOOL: 'true or false',
  DOUBLE: 'a number with a fraction, compared with whole numbers',
  RELTIME: 'a span of time in nanoseconds',
  ABSTIME: 'a point in time in nanoseconds since the epoch',
  PORT: 'a port: 443, or the name of a service such as https',
  IPADDR: 'an IPv4 or IPv6 address: 10.0.0.1, ::1',
  IPNET: 'a network: 10.0.0.0/8, fe80::/10',
  DYN: 'the type depends on the argument of the field',
};
