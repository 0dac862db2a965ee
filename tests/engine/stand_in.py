"""A server that speaks ClickHouse's HTTP interface, with the embedded ClickHouse behind it."""

import contextlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

APART = ("database", "default_format", "wait_end_of_query")  # of the interface, no settings of a session


@contextlib.contextmanager
def http_server(*, user="default", password=""):
    """The address (without the base) of a stand-in on loopback; each request is a session of its own, as at a real server."""
    from chdb import session

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            sql = self.rfile.read(int(self.headers["Content-Length"])).decode()
            asked = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
            status, body = 200, b""
            if (self.headers["X-ClickHouse-User"], self.headers["X-ClickHouse-Key"]) != (user, password):
                status, body = 403, b"Code: 516. DB::Exception: Authentication failed (AUTHENTICATION_FAILED)"
            else:
                mine = session.Session()
                try:
                    mine.query(f"USE {asked['database']}")
                    given = {name: value for name, value in asked.items() if name not in APART}
                    for name in sorted(given, key=lambda name: name == "readonly"):  # which forbids to set it again
                        mine.query(f"SET {name} = '{given[name]}'")
                    body = mine.query(sql, asked["default_format"]).bytes()
                except RuntimeError as reason:
                    status, body = 500, str(reason).encode()
                finally:
                    mine.close()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    served = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=served.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{served.server_address[1]}"
    finally:
        served.shutdown()
        served.server_close()
        thread.join()
