import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { type BackendSpec, programPath } from './backend.ts';

// The engine of a current ClickHouse, of the Python package chdb; the part of its HTTP interface that is wanted here is this
// program's: query and settings in the address, rows in the body, sign-in as the documentation has it.
const program = `
import re, sys
from base64 import b64encode
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit
from chdb import session

database = session.Session(sys.argv[2] + "/data")
allowed = "Basic " + b64encode(b"saker:correct horse").decode()

class Handler(BaseHTTPRequestHandler):
    def log_message(self, *parts):
        pass

    def answer(self, status, text):
        body = text.encode()
        self.send_response(status)
        code = re.match(r"Code: (\\d+)", text)
        if code:
            self.send_header("X-ClickHouse-Exception-Code", code[1])
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
        if self.headers.get("authorization") != allowed:
            return self.answer(403, "Code: 516. DB::Exception: saker: Authentication failed. (AUTHENTICATION_FAILED)")
        parameters = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        query = parameters.pop("query", "")
        settings = ", ".join("%s = '%s'" % (name, value.replace("'", "''")) for name, value in parameters.items())
        if settings:
            query = re.sub(r" FORMAT (\\w+)$", lambda found: " SETTINGS " + settings + " FORMAT " + found[1], query)
        try:
            self.answer(200, str(database.query((query + " " + body).strip(), "JSONEachRow")))
        except Exception as error:
            text = str(error)
            self.answer(404 if "UNKNOWN_TABLE" in text else 500 if "VIOLATED_CONSTRAINT" in text else 400, text)

HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
`;

const python = process.env['SAKER_CHDB_PYTHON'] ?? programPath('python3') ?? 'python3';
const isHere = spawnSync(python, ['-c', 'import chdb']).status === 0;

/** A database of ClickHouse's engine, with one user. */
export const chdb: BackendSpec = {
  command: isHere ? python : 'python3 with the package chdb',
  prepare: (_, folder) => writeFileSync(path.join(folder, 'server.py'), program),
  args: (port, folder) => [`${folder}/server.py`, String(port), folder],
  secondsToStart: 60,
};
