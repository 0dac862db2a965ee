"""A ClickHouse server through its HTTP interface: only SELECT is ever sent, and nothing is put into it."""

from __future__ import annotations

import http.client
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlencode, urlsplit

from ccsat.engine.clickhouse_base import SETTINGS, ClickHouse
from ccsat.errors import EngineError

if TYPE_CHECKING:
    import pyarrow as pa

PORTS = {"clickhouse": 8123, "clickhouses": 8443}
READS_ONLY = 2  # may change settings, and nothing else


class ClickHouseServer(ClickHouse):
    """Requests to a server, each one a request of its own that the server lets only read.

    Args:
        address: `clickhouse://user@host:port/base`, or `clickhouses://` over TLS; a password comes with the address, out of the environment.
        time_zone: The clock to which times are read.
        seconds: After these the server stops a query; default: the limit that the server has for the user.
        timeout: Seconds to wait for the server to take the connection up.

    Raises (when asked):
        EngineError: The server does not answer or refuses.
    """

    def __init__(self, address: str, *, time_zone: str = "UTC", seconds: float | None = None, timeout: int = 10):
        super().__init__()
        parts = urlsplit(address)
        port = parts.port or PORTS.get(parts.scheme, 8123)
        self.base = parts.path.strip("/") or "default"
        self._place, self._safe = (parts.hostname or "localhost", port), parts.scheme == "clickhouses"
        self._headers = {
            "X-ClickHouse-User": unquote(parts.username or "default"),
            "X-ClickHouse-Key": unquote(parts.password or ""),
        }
        self._timeout = timeout
        self._settings = {**SETTINGS, "readonly": READS_ONLY, "database": self.base, "session_timezone": time_zone, "wait_end_of_query": 1,
                          "default_format": "ArrowStream"} | ({} if seconds is None else {"max_execution_time": seconds})  # fmt: skip

    def close(self) -> None:
        """Nothing stays open between requests."""

    def _table(self, sql: str) -> pa.Table:
        import pyarrow as pa

        line = (http.client.HTTPSConnection if self._safe else http.client.HTTPConnection)(
            *self._place, timeout=self._timeout
        )
        try:
            line.connect()
            line.sock.settimeout(None)  # how long a query may take is the server's to say
            line.request("POST", f"/?{urlencode(self._settings)}", sql.encode(), self._headers)
            answer = line.getresponse()
            if answer.status != http.client.OK:
                raise self._refused(answer.read().decode(errors="replace"))
            return pa.ipc.open_stream(answer).read_all()
        except (OSError, http.client.HTTPException) as reason:
            address = f"{self._place[0]}:{self._place[1]}/{self.base}"
            raise EngineError("engine_unreachable", address=address, reason=str(reason)) from reason
        finally:
            line.close()
