#include "experiments/baselines/floor_setup.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace floor_setup {
namespace {

constexpr int backlog = 4096;

[[noreturn]] void refuse(std::string_view name, std::string_view value) {
  std::fprintf(
      stderr,
      IOLAB_SERVER_NAME ": refuses '%.*s %.*s'; it knows --port N, --protocol echo, --threads 1\n",
      static_cast<int>(name.size()), name.data(), static_cast<int>(value.size()), value.data());
  std::exit(2);
}

std::uint16_t parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size())
    give_up(2, "not a port", text.data());
  return port;
}

// Accepts `--name value` and `--name=value`, as every server does.
std::uint16_t parse_options(int argc, char** argv) {
  std::uint16_t port = 0;
  for (int i = 1; i < argc; ++i) {
    std::string_view name = argv[i];
    std::string_view value;
    if (const auto equals = name.find('='); equals != name.npos) {
      value = name.substr(equals + 1);
      name = name.substr(0, equals);
    } else if (i + 1 < argc) {
      value = argv[++i];
    }
    if (name == "--port") {
      port = parse_port(value);
    } else if (!(name == "--protocol" && value == "echo") &&
               !(name == "--threads" && value == "1")) {
      refuse(name, value);
    }
  }
  return port;
}

int listen_on(std::uint16_t port) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (listener < 0) give_up("socket");
  const int on = 1;
  ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    give_up("cannot bind 127.0.0.1");
  }
  if (::listen(listener, backlog) != 0) give_up("listen");
  return listener;
}

}  // namespace

void give_up(int status, const char* what, const char* why) {
  std::fprintf(stderr, "%s: %s: %s\n", IOLAB_SERVER_NAME, what, why);
  std::exit(status);
}

void give_up(const char* what) {
  give_up(1, what, std::strerror(errno));
}

int listen_as_told(int argc, char** argv) {
  const int listener = listen_on(parse_options(argc, argv));
  ::signal(SIGTERM, [](int) { ::_exit(0); });
  ::signal(SIGINT, [](int) { ::_exit(0); });
  return listener;
}

void print_banner(int listener, const char* engine, std::size_t read_size) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  std::printf(
      R"({"event":"listening","server":"%s","pattern":"floor","engine":"%s","protocol":"echo",)"
      R"("address":"127.0.0.1","port":%d,"pid":%d,"threads":1,"dispatch":"sharded",)"
      R"("limits":{"idle_timeout_ms":0,"max_frame":0,"output_limit":0,"max_connections":0,"read_size":%zu}})"
      "\n",
      IOLAB_SERVER_NAME, engine, ntohs(address.sin_port), static_cast<int>(::getpid()), read_size);
  std::fflush(stdout);
}

void configure(int peer) {
  const int on = 1;
  ::setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

}  // namespace floor_setup
