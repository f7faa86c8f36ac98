/** Node has these methods on every Buffer; its types don't. They are the fastest way from bytes to a string. */
interface Buffer {
  latin1Slice(start?: number, end?: number): string;
  latin1Write(text: string, offset?: number, length?: number): number;
  utf8Slice(start?: number, end?: number): string;
}
