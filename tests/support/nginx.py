"""Real nginx, over HTTP and HTTPS on free ports, with a log of which request came how."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from support.certs import Leaf
from support.sockets import free_port
from support.timing import SLOWNESS, eventually

_STOP_S = 10 * SLOWNESS

# The front passes each request on to a second server, so that it reads, and can log, the body.
# The token comes back in the answer's body, the path chooses the status.
_CONFIG = """
daemon off;
{user}
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 4096; }}
http {{
  log_format seen '$http_x_token $connection $status $request_body';
  access_log {folder}/access.log seen;
  client_body_in_single_buffer on;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  keepalive_requests 1000000;
  keepalive_timeout 300s;
  server {{
    listen 127.0.0.1:{http_port} backlog=1024;
    listen 127.0.0.1:{https_port} ssl backlog=1024;
    ssl_certificate {certificate};
    ssl_certificate_key {key};
    location / {{ proxy_pass http://unix:{folder}/back.sock; }}
  }}
  server {{
    listen unix:{folder}/back.sock backlog=1024;
    access_log off;
    default_type text/plain;
    location /ok {{ return 200 "$http_x_token"; }}
    location /created {{ return 201 "$http_x_token"; }}
    location /missing {{ return 404 "$http_x_token"; }}
    location /broken {{ return 500 "$http_x_token"; }}
  }}
}}
"""


@dataclass(frozen=True)
class Logged:
    """One line of the access log."""

    token: str
    connection: int
    status: int
    body: str


class Nginx:
    def __init__(self, folder: Path, leaf: Leaf) -> None:
        self._folder = folder
        self.http_port = free_port()
        self.https_port = free_port()
        config = folder / "nginx.conf"
        config.write_text(
            _CONFIG.format(
                folder=folder,
                # Workers of a root nginx would be nobody, who cannot write to the folder.
                user="user root;" if os.geteuid() == 0 else "",
                http_port=self.http_port,
                https_port=self.https_port,
                certificate=leaf.certificate,
                key=leaf.key,
            )
        )
        self._process = subprocess.Popen(
            ["nginx", "-c", str(config), "-p", str(folder)],
            stdin=subprocess.DEVNULL,
            stderr=(folder / "stderr.log").open("w"),
        )
        eventually(self._started, "nginx to start")

    def _started(self) -> bool:
        said = (self._folder / "stderr.log").read_text()
        assert self._process.poll() is None, f"nginx did not start: {said}"
        return (self._folder / "nginx.pid").exists()

    def log(self) -> list[Logged]:
        lines = (self._folder / "access.log").read_text().splitlines()
        fields = (line.split(" ") for line in lines)
        return [Logged(f[0], int(f[1]), int(f[2]), f[3]) for f in fields]

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> "Nginx":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
