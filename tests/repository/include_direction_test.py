#!/usr/bin/python3
"""Proves that include_direction.py finds each kind of breach, in trees made for it, and passes what is allowed."""
import contextlib
import io
import pathlib
import tempfile
import unittest

import include_direction


def breaches_of(files):
    """The reasons found in a tree of these files (path: text), plus one core header for them to include."""
    with tempfile.TemporaryDirectory() as directory:
        root = pathlib.Path(directory)
        for path, text in {"service/core/item.h": "", **files}.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, encoding="utf-8")
        found, _ = include_direction.breaches(root)
        return [f"{path}:{line}: {reason}" for path, line, reason in found]


class IncludeDirectionTest(unittest.TestCase):
    def assert_allowed(self, files):
        self.assertEqual(breaches_of(files), [])

    def assert_breach(self, files, expected):
        self.assertEqual(breaches_of(files), [expected])

    def test_the_designed_directions_are_allowed(self):
        self.assert_allowed(
            {
                "service/main.cpp": '#include "app/server.h"\n#include <string>\n',
                "service/app/server.h": '#include "rpc/service.h"\n#include "net/shard.h"\n#include "ops/log.h"\n',
                "service/rpc/service.h": '#include "core/item.h"\n#include "postern/v1/egress.grpc.pb.h"\n',
                "service/net/shard.h": '#include "http/url.h"\n#include <boost/asio/io_context.hpp>\n',
                "service/http/url.h": '#include "core/item.h"\n#include <boost/beast/http/parser.hpp>\n',
                "service/ops/log.h": '#include "core/item.h"\n#include "postern/config/v1/config.pb.h"\n',
                "client_lib/cpp/client.h": '#include <grpcpp/channel.h>\n#include "postern/v1/egress.pb.h"\n',
                "client_lib/cli/origin.cpp": '#include "post.h"\n#include <boost/asio/ip/tcp.hpp>\n',
            }
        )

    def test_core_may_not_look_outwards(self):
        self.assert_breach(
            {"service/core/a.cpp": '\n#include "net/shard.h"\n', "service/net/shard.h": ""},
            "service/core/a.cpp:2: service/core may not include net/shard.h",
        )

    def test_rpc_and_net_never_see_each_other(self):
        self.assert_breach(
            {"service/rpc/a.cpp": '#include "net/shard.h"\n', "service/net/shard.h": ""},
            "service/rpc/a.cpp:1: service/rpc may not include net/shard.h",
        )
        self.assert_breach(
            {"service/net/a.cpp": '#include "rpc/outbox.h"\n', "service/rpc/outbox.h": ""},
            "service/net/a.cpp:1: service/net may not include rpc/outbox.h",
        )

    def test_angle_brackets_hide_nothing(self):
        self.assert_breach(
            {"service/core/a.cpp": "#include <net/shard.h>\n", "service/net/shard.h": ""},
            "service/core/a.cpp:1: service/core may not include net/shard.h",
        )

    def test_the_contract_is_for_rpc_and_clients(self):
        for folder in ("core", "http", "net", "ops"):
            self.assert_breach(
                {f"service/{folder}/a.h": '#include "postern/v1/egress.pb.h"\n'},
                f"service/{folder}/a.h:1: service/{folder} may not include postern/v1/egress.pb.h",
            )

    def test_guarded_libraries_stay_in_their_folders(self):
        for folder, header in (
            ("service/core", "boost/asio.hpp"),
            ("service/core", "boost/beast/http/status.hpp"),
            ("service/core", "grpcpp/support/status.h"),
            ("service/rpc", "boost/asio/post.hpp"),
            ("service/rpc", "boost/beast/core/flat_buffer.hpp"),
            ("service/net", "grpcpp/grpcpp.h"),
            ("service/http", "openssl/ssl.h"),
            ("service/http", "ares.h"),
            ("client_lib/cpp", "boost/asio/io_context.hpp"),
        ):
            with self.subTest(folder=folder, header=header):
                self.assert_breach(
                    {f"{folder}/a.cpp": f"  #  include <{header}>\n"},
                    f"{folder}/a.cpp:1: {folder} may not include {header}",
                )

    def test_core_takes_no_lock_thread_or_stream(self):
        for header in ("mutex", "shared_mutex", "thread", "iostream"):
            self.assert_breach(
                {"service/core/a.h": f"#include <{header}>\n"},
                f"service/core/a.h:1: service/core may not include {header}",
            )

    def test_core_reads_no_clock(self):
        self.assert_breach(
            {"service/core/a.cpp": "/* two\n lines */ auto t = std::chrono::steady_clock::now();\n"},
            "service/core/a.cpp:2: service/core reads a clock: pass the time in",
        )

    def test_a_clock_in_a_comment_or_a_string_is_none(self):
        self.assert_allowed(
            {"service/core/a.cpp": "// Clock::now() is the caller's\nauto s = \"Clock::now()\"; auto q = '\"';\n"}
        )

    def test_includes_are_written_from_the_root_of_service(self):
        for header in ("item.h", "../core/item.h", "service/core/item.h"):
            self.assert_breach(
                {"service/core/a.cpp": f'#include "{header}"\n'},
                f"service/core/a.cpp:1: {header} is no file in service/: write includes from there",
            )

    def test_clients_do_not_see_the_service(self):
        self.assert_breach(
            {"client_lib/cpp/a.cpp": '#include "core/item.h"\n'},
            "client_lib/cpp/a.cpp:1: client_lib/cpp may not include core/item.h",
        )
        self.assert_breach(
            {"client_lib/cli/a.cpp": '#include "../../service/core/item.h"\n'},
            "client_lib/cli/a.cpp:1: client_lib/cli may not include ../../service/core/item.h",
        )

    def test_main_sees_only_app(self):
        self.assert_breach(
            {"service/main.cpp": '#include "core/item.h"\n'},
            "service/main.cpp:1: service/main.cpp may not include core/item.h",
        )

    def test_a_folder_without_a_rule_is_a_breach(self):
        self.assert_breach(
            {"service/util/a.h": ""},
            "service/util/a.h:1: no rule says what this folder may include: add it to include_direction.py",
        )

    def test_a_tree_without_sources_fails(self):
        with tempfile.TemporaryDirectory() as empty, contextlib.redirect_stdout(io.StringIO()):
            self.assertEqual(include_direction.main(empty), 1)


if __name__ == "__main__":
    unittest.main()
