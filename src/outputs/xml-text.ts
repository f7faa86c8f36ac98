// SQS and SNS refuse messages with characters that XML can't have; an attacker must not keep an alert out by one of them.

/** Text without the two non-characters that XML has not; control characters are for the caller. */
export function textForXml(text: string): string {
  return text.replace(/[\ufffe\uffff]/g, '\ufffd');
}

/** The same JSON, with those characters as escapes; JSON has control characters as escapes anyway. */
export function jsonForXml(json: string): string {
  return json.replace(/[\ufffe\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16)}`);
}
