"""The contract as Python modules, generated from proto/ for this run.

`pb` holds the messages and enums, `pb_grpc` the service stubs.
"""

import atexit
import importlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from types import ModuleType

_PROTO_ROOT = Path(__file__).resolve().parents[2] / "proto"
_EGRESS = "postern/v1/egress.proto"
_PLUGIN = "/usr/bin/grpc_python_plugin"


def _generate() -> tuple[ModuleType, ModuleType]:
    out = tempfile.mkdtemp(prefix="postern-stubs-")
    atexit.register(shutil.rmtree, out, ignore_errors=True)
    subprocess.run(
        [
            "protoc",
            f"--plugin=protoc-gen-grpc_python={_PLUGIN}",
            f"--python_out={out}",
            f"--grpc_python_out={out}",
            f"-I{_PROTO_ROOT}",
            _EGRESS,
        ],
        check=True,
    )
    sys.path.insert(0, out)
    return (
        importlib.import_module("postern.v1.egress_pb2"),
        importlib.import_module("postern.v1.egress_pb2_grpc"),
    )


pb, pb_grpc = _generate()
