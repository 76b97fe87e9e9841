"""What the measurements run on: pinned processes, their CPU time, the origin and the gate."""
import contextlib
import os
import pathlib
import socket
import subprocess
import time

START_TIMEOUT_S = 10
STOP_TIMEOUT_S = 10
POLL_S = 0.05


class BenchError(Exception):
    """A measurement that cannot be trusted; the text says why."""


def pinned(command, core):
    """The command, held on one core; on any where core is None."""
    return command if core is None else ["taskset", "--cpu-list", str(core), *command]


def cpu_seconds_of(pid):
    """User and system time a running process has used so far, all its threads together."""
    # The name, in parentheses, may hold spaces; utime and stime are fields 14 and 15 (proc(5)).
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def run_measured(command, core, environment=None):
    """Runs a command to its end. Returns what it printed and its CPU seconds."""
    variables = {**os.environ, **(environment or {})}
    process = subprocess.Popen(pinned(command, core), stdout=subprocess.PIPE, text=True, env=variables)
    with process.stdout:
        output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise BenchError(f"{command[0]} ended with status {process.returncode}: {output}")
    return output, usage.ru_utime + usage.ru_stime


def free_ports(count):
    """Ports of 127.0.0.1 that nobody listens on."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def stop(process):
    process.terminate()
    try:
        process.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextlib.contextmanager
def origin(directory, template, core):
    """A running nginx; gives its plain and its TLS URL, and the CA file to trust."""
    http_port, https_port = free_ports(2)
    certificate, key = directory / "origin.pem", directory / "origin.key"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
               "-keyout", key, "-out", certificate, "-days", "2", "-subj", "/CN=postern bench origin",
               "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    text = template.read_text()
    for name, value in {"DIRECTORY": directory, "HTTP_PORT": http_port, "HTTPS_PORT": https_port}.items():
        text = text.replace(f"@{name}@", str(value))
    configuration = directory / "nginx.conf"
    configuration.write_text(text)
    # -e: or nginx looks for its log under /var/log before it has read the configuration.
    process = subprocess.Popen(pinned(["nginx", "-e", "stderr", "-c", str(configuration)], core))
    try:
        for port in (http_port, https_port):
            wait_for_port(process, port)
        yield f"http://127.0.0.1:{http_port}/", f"https://127.0.0.1:{https_port}/", certificate
    finally:
        stop(process)


def wait_for_port(process, port):
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(POLL_S)
    raise BenchError(f"nothing listens on port {port}: the origin did not start")


@contextlib.contextmanager
def gate(posternd, address, ca_file, core, shards, log):
    """A running daemon, whose stderr goes to the file `log`; gives its process id."""
    command = [posternd, "--listen", address, "--allow-cidr", "127.0.0.0/8", "--ca-file", str(ca_file),
               "--shards", str(shards)]
    with open(log, "w", encoding="utf-8") as stderr:
        process = subprocess.Popen(pinned(command, core), stderr=stderr)
    try:
        deadline = time.monotonic() + START_TIMEOUT_S
        while "posternd listening on " not in log.read_text():
            if process.poll() is not None or time.monotonic() > deadline:
                raise BenchError(f"posternd did not start: {log.read_text()}")
            time.sleep(POLL_S)
        yield process.pid
    finally:
        stop(process)
