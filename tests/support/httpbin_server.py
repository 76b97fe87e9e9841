"""httpbin as an origin: HTTP/1.1, one thread for each connection."""

import logging
import threading

import httpbin
from werkzeug.serving import WSGIRequestHandler, make_server


class _Http11(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"


class HttpbinServer:
    def __init__(self) -> None:
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self._server = make_server(
            "127.0.0.1", 0, httpbin.app, threaded=True, request_handler=_Http11
        )
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self._server.server_port}{path}"

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def __enter__(self) -> "HttpbinServer":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
