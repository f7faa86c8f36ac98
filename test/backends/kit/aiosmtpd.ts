import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type BackendSpec, programPath } from './backend.ts';
import { makeCertificate } from './certificates.ts';

// The program of the package takes no sign-in: its library does.
const program = `
import asyncio, os, ssl, sys
from email import message_from_bytes, policy
import json
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
port, folder, mode = int(sys.argv[1]), sys.argv[2], sys.argv[3]

def sign_in(server, session, envelope, mechanism, data):
    good = isinstance(data, LoginPassword) and (data.login, data.password) == (b"saker", "correct h\\u00f6rse".encode())
    return AuthResult(success=good, handled=False)

class Handler:
    count = 0
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody"): return "550 5.1.1 there is nobody of that name"
        envelope.rcpt_tos.append(address)
        return "250 OK"
    async def handle_DATA(self, server, session, envelope):
        mail = message_from_bytes(envelope.content, policy=policy.default)
        parts = {part.get_content_type(): part.get_content() for part in mail.walk() if not part.is_multipart()}
        heads = {name.lower(): str(value) for name, value in mail.items()}
        # The longest line that SMTP allows, without its end.
        longest = max(len(line.rstrip(b"\\r\\n")) for line in envelope.content.splitlines(True))
        told = dict(sender=envelope.mail_from, to=envelope.rcpt_tos, heads=heads, parts=parts, longest=longest,
                    tls=session.ssl is not None, user=session.authenticated, peer=session.peer[1])
        Handler.count += 1
        name = os.path.join(folder, "mail-%06d.json" % Handler.count)
        with open(name + ".part", "w") as file: json.dump(told, file)
        os.rename(name + ".part", name)
        return "250 OK"

def make():
    if mode == "plain": return SMTP(Handler(), data_size_limit=33554432, hostname="localhost")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(os.path.join(folder, "tls.crt"), os.path.join(folder, "tls.key"))
    return SMTP(Handler(), data_size_limit=33554432, hostname="localhost", tls_context=context, require_starttls=True,
                authenticator=sign_in, auth_required=True)

async def main():
    server = await asyncio.get_running_loop().create_server(make, "127.0.0.1", port)
    await server.serve_forever()

asyncio.run(main())
`;

/** A Python that has the library aiosmtpd. */
function pythonWithLibrary(): string | undefined {
  // The Python of the environment that the program is in, or the machine's.
  const beside = programPath('aiosmtpd')?.replace(/aiosmtpd$/, 'python3');
  const candidates = [beside, programPath('python3')].filter((file) => file !== undefined);
  return candidates.find((file) => spawnSync(file, ['-c', 'import aiosmtpd']).status === 0);
}

/** A mail as the server's library, and Python's mail parser, have understood it. */
export interface ReceivedMail {
  readonly sender: string;
  readonly to: readonly string[];
  /** Names in lower case, decoded. */
  readonly heads: Readonly<Record<string, string>>;
  /** By type, decoded. */
  readonly parts: Readonly<Record<string, string>>;
  /** Bytes of its longest line. */
  readonly longest: number;
  readonly tls: boolean;
  readonly user: boolean;
  /** The sender's port: the same for all mails of a connection. */
  readonly peer: number;
}

/** A mail server: one that takes everything, or one that wants STARTTLS and a sign-in. */
export function aiosmtpd(mode: 'plain' | 'strict'): BackendSpec {
  return {
    command: pythonWithLibrary() ?? 'aiosmtpd',
    prepare(_, folder) {
      makeCertificate(folder, 'DNS:localhost');
      writeFileSync(path.join(folder, 'server.py'), program);
    },
    args: (port, folder) => [`${folder}/server.py`, String(port), folder, mode],
  };
}

/** The mails so far. */
export function receivedMails(folder: string): ReceivedMail[] {
  const files = readdirSync(folder).filter((name) => /^mail-\d+\.json$/.test(name));
  return files.sort().map((name) => JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as ReceivedMail);
}
