"""Certificates made with the openssl command line, and TLS contexts that serve them."""

import ssl
import subprocess
import warnings
from dataclasses import dataclass
from pathlib import Path

_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


def _openssl(*arguments: str) -> None:
    done = subprocess.run(["openssl", *arguments], capture_output=True, text=True)
    assert done.returncode == 0, f"openssl {' '.join(arguments)}\n{done.stderr}"


@dataclass(frozen=True)
class Leaf:
    """A server's certificate and key, as PEM files."""

    certificate: Path
    key: Path

    def context(self) -> ssl.SSLContext:
        """Serves this certificate; notes on each session which server name was asked for."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        context.sni_callback = _note_server_name
        return context

    def old_tls_context(self) -> ssl.SSLContext:
        """Speaks TLS 1.1 at most."""
        context = self.context()
        context.set_ciphers("DEFAULT@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = ssl.TLSVersion.TLSv1_1
        return context


def _note_server_name(session: ssl.SSLObject, name: str, _: ssl.SSLContext) -> None:
    session.asked_for = name  # type: ignore[attr-defined]


class Authority:
    """A certificate authority with its files in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.certificate = folder / "ca.pem"
        self._key = folder / "ca.key"
        files = ("-keyout", str(self._key), "-out", str(self.certificate))
        _openssl("req", "-x509", *_KEY, *files, "-subj", "/CN=postern test CA", "-days", "2")

    def leaf(self, name: str, san: str = "", common_name: str = "", days: int = 2) -> Leaf:
        """Signed by this authority. `san` as openssl writes it ("DNS:a,IP:127.0.0.1"; empty: none);
        `days` below zero: already expired."""
        made = Leaf(self._folder / f"{name}.pem", self._folder / f"{name}.key")
        request = self._folder / f"{name}.csr"
        extensions = self._folder / f"{name}.ext"
        extensions.write_text(f"subjectAltName={san}\n" if san else "")
        subject = f"/CN={common_name or 'origin'}"
        _openssl("req", *_KEY, "-keyout", str(made.key), "-out", str(request), "-subj", subject)
        _openssl(
            *("x509", "-req", "-in", str(request), "-out", str(made.certificate)),
            *("-CA", str(self.certificate), "-CAkey", str(self._key)),
            *("-days", str(days), "-extfile", str(extensions)),
        )
        return made

    def self_signed(self, name: str, san: str) -> Leaf:
        """Signed by nobody but itself."""
        made = Leaf(self._folder / f"{name}.pem", self._folder / f"{name}.key")
        files = ("-keyout", str(made.key), "-out", str(made.certificate))
        names = ("-subj", "/CN=origin", "-addext", f"subjectAltName={san}")
        _openssl("req", "-x509", *_KEY, *files, *names, "-days", "2")
        return made
