/** What the keys of the sign-in hold. */
export interface SignInConfig {
  readonly authmechanism: '' | 'plain' | 'oauthbearer' | 'external' | 'anonymous';
  readonly user: string;
  readonly password: string;
  readonly token: string;
  readonly identity: string;
  readonly trace: string;
  readonly hostport: string;
}

/** One exchange with the server, as the mail library gives it. */
interface Exchange {
  sendCommand(command: string): Promise<{ readonly status: number; readonly text: string }>;
}

/** The first answer of a mechanism (RFC 4422, RFC 4616, RFC 4505, RFC 7628). */
function initialResponse({ authmechanism, user, password, token, identity, trace, hostport }: SignInConfig): string {
  const [, host = '', port = '25'] = /^\[?([^\]]*?)\]?(?::(\d+))?$/.exec(hostport) ?? [];
  switch (authmechanism) {
    case 'plain':
      return `${identity}\0${user}\0${password}`;
    case 'oauthbearer':
      return `n,a=${user},\x01host=${host}\x01port=${port}\x01auth=Bearer ${token}\x01\x01`;
    case 'external':
      return identity;
    case 'anonymous':
      return trace;
    case '':
      return '';
  }
}

/** What the mail library needs to sign in; nothing where nobody shall. */
export function signIn(config: SignInConfig) {
  const { authmechanism: mechanism, user } = config;
  if (mechanism === '' || (mechanism === 'plain' && user === '')) return {};
  const method = mechanism.toUpperCase();
  const response = Buffer.from(initialResponse(config)).toString('base64');
  return {
    auth: { type: 'custom' as const, method, user: user === '' ? 'saker' : user, pass: '' },
    customAuth: {
      [method]: async (exchange: Exchange) => {
        // An empty response is `=`, RFC 4954.
        const { status, text } = await exchange.sendCommand(`AUTH ${method} ${response === '' ? '=' : response}`);
        if (status < 200 || status > 299) throw new Error(`the server refuses the sign-in: ${text}`);
      },
    },
  };
}
