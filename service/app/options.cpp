#include "app/options.h"

#include <algorithm>
#include <charconv>
#include <iostream>
#include <thread>

#include <CLI/CLI.hpp>

#include "version.h"

namespace postern::app {
namespace {

constexpr const char* kDefaultListener = "127.0.0.1:50051";
constexpr std::size_t kMaxShards = 256;

constexpr const char* kFooter = R"(Examples:
  posternd                                      serve on 127.0.0.1:50051
  posternd --listen unix:/run/postern.sock      serve on a Unix socket
  posternd --allow-cidr 127.0.0.0/8             may also call services on this host

Signals: SIGTERM or SIGINT drains, a second one ends what is left at once.
Exit status: 0 after a clean drain, 1 where it could not start, 2 for a wrong flag.)";

std::vector<core::Cidr> ParseCidrs(const std::vector<std::string>& texts) {
  std::vector<core::Cidr> cidrs;
  for (const std::string& text : texts) {
    const std::optional<core::Cidr> cidr = core::Cidr::Parse(text);
    if (!cidr)
      throw CLI::ValidationError("--allow-cidr",
                                 text + " is not a range such as 10.0.0.0/8 or fd00::/8");
    cidrs.push_back(*cidr);
  }
  return cidrs;
}

// "IP", "IP:PORT" or "[IPv6]:PORT".
core::Endpoint ParseDnsServer(const std::string& text) {
  constexpr std::uint16_t kDnsPort = 53;
  if (const auto address = core::IpAddress::Parse(text)) return {*address, kDnsPort};
  const std::size_t colon = text.rfind(':');
  std::string host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const auto address = core::IpAddress::Parse(host);
  std::uint16_t port = 0;
  if (colon != std::string::npos) {
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data() + colon + 1, end, port);
    if (error != std::errc() || stop != end) port = 0;
  }
  if (!address || port == 0) {
    throw CLI::ValidationError("--dns-server",
                               text + " is not an address such as 192.0.2.53 or 192.0.2.53:5353");
  }
  return {*address, port};
}

}  // namespace

std::optional<Options> ParseOptions(int argc, const char* const* argv, int& exit_status) {
  Options options;
  options.listeners = {kDefaultListener};
  options.shards = std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, kMaxShards);
  std::vector<std::string> cidrs;
  std::vector<std::string> dns_servers;

  CLI::App app(
      "posternd: an egress gate. Takes batches of HTTP requests over gRPC and carries them to "
      "external APIs.",
      "posternd");
  app.set_version_flag("--version", "posternd " POSTERN_VERSION);
  app.footer(kFooter);
  app.add_option("--listen", options.listeners,
                 "Where to serve gRPC; may be repeated. Port 0 picks a free one")
      ->type_name("HOST:PORT|unix:PATH")
      ->capture_default_str();
  app.add_option("--shards", options.shards, "Threads that carry requests; default: one per core")
      ->type_name("N")
      ->check(CLI::Range(std::size_t{1}, kMaxShards));
  app.add_option("--allow-cidr", cidrs,
                 "Open a range of addresses besides the public ones; may be repeated")
      ->type_name("CIDR");
  app.add_option("--ca-file", options.ca_file,
                 "PEM bundle to verify origins with, instead of the system's CAs")
      ->type_name("FILE");
  app.add_option("--dns-server", dns_servers,
                 "Name server, instead of those of resolv.conf; may be repeated")
      ->type_name("IP[:PORT]");
  app.add_option("--max-connections-per-origin", options.settings.connection.max_connections,
                 "Connections to one origin at a time")
      ->type_name("N")
      ->check(CLI::Range(1, 65535))
      ->capture_default_str();
  try {
    app.parse(argc, argv);
    options.allowed_cidrs = ParseCidrs(cidrs);
    for (const std::string& server : dns_servers)
      options.dns_servers.push_back(ParseDnsServer(server));
    return options;
  } catch (const CLI::Success& success) {
    exit_status = app.exit(success);
  } catch (const CLI::ParseError& error) {
    std::cerr << "posternd: " << error.what() << "; see posternd --help\n";
    exit_status = kUsageError;
  }
  return std::nullopt;
}

}  // namespace postern::app
