#include "program.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <limits>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <thread>

namespace lab {
namespace {

constexpr std::uint64_t kibibyte = 1024;
constexpr std::uint64_t mebibyte = 1024 * kibibyte;

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};
constexpr std::array sizes{Unit{"", 1}, Unit{"KiB", kibibyte}, Unit{"MiB", mebibyte}};
constexpr std::array durations{Unit{"ms", 1}, Unit{"s", 1'000}, Unit{"m", 60'000}};
constexpr std::array numbers{Unit{"", 1}};

constexpr std::uint64_t any_size = std::numeric_limits<std::int64_t>::max();
constexpr std::uint64_t largest_duration_ms = 1'000'000'000;
constexpr std::uint64_t most_threads = 1024;

/// A number with one of `units` behind it; 0 needs none. Throws std::invalid_argument, which names
/// the `expected`.
template <std::size_t N>
std::uint64_t parse(const std::string& text, const std::array<Unit, N>& units, std::uint64_t most,
                    const std::string& expected) {
  std::uint64_t number = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view suffix(rest, static_cast<std::size_t>(text.data() + text.size() - rest));
  if (error == std::errc{}) {
    if (number == 0 && suffix.empty()) return 0;
    for (const Unit& unit : units) {
      if (suffix == unit.name && number <= most / unit.factor) return number * unit.factor;
    }
  }
  throw std::invalid_argument("'" + text + "' is not " + expected);
}

std::uint64_t parse_size(const std::string& text, std::uint64_t most) {
  return parse(text, sizes, most,
               "a size such as 4096, 16KiB or 1MiB, of at most " + std::to_string(most));
}

std::chrono::milliseconds parse_duration(const std::string& text) {
  return std::chrono::milliseconds(
      parse(text, durations, largest_duration_ms, "a duration such as 400ms, 60s or 5m"));
}

std::uint64_t parse_number(const std::string& text, std::uint64_t most) {
  return parse(text, numbers, most, "a number of at most " + std::to_string(most));
}

Protocol parse_protocol(const std::string& text) {
  if (text == "echo") return Protocol::echo;
  if (text == "framed") return Protocol::framed;
  throw std::invalid_argument("'" + text + "' is neither echo nor framed");
}

std::size_t parse_read_size(const std::string& text) {
  const std::uint64_t size = parse_size(text, 1024 * mebibyte);
  if (size == 0) throw std::invalid_argument("a receive needs room for a byte at least");
  return size;
}

struct CommandLine {
  Program program;
  std::uint16_t port = 0;
};

struct Option {
  std::string name;
  std::string help;
  std::function<void(CommandLine&, const std::string& value)> set;
};

std::vector<Option> server_options() {
  return {
      {"--port", "N: port to listen on; 0 (as without it): any free one",
       [](CommandLine& line, const std::string& value) {
         line.port = static_cast<std::uint16_t>(parse_number(value, 65535));
       }},
      {"--protocol", "NAME: echo (as without it) or framed",
       [](CommandLine& line, const std::string& value) {
         line.program.options.protocol = parse_protocol(value);
       }},
      {"--read-size", "SIZE: bytes asked for by one receive; 16KiB",
       [](CommandLine& line, const std::string& value) {
         line.program.options.read_size = parse_read_size(value);
       }},
      {"--output-limit", "SIZE: unsent output beyond which a client is not read; 256KiB",
       [](CommandLine& line, const std::string& value) {
         line.program.options.output_limit = parse_size(value, any_size);
       }},
      {"--max-frame", "SIZE: longest payload of a frame; 1MiB",
       [](CommandLine& line, const std::string& value) {
         const auto size = parse_size(value, std::numeric_limits<std::uint32_t>::max());
         line.program.options.max_frame = static_cast<std::uint32_t>(size);
       }},
      {"--max-connections", "N: one more is closed at once; 0 (as without it): no limit",
       [](CommandLine& line, const std::string& value) {
         line.program.options.max_connections = parse_number(value, any_size);
       }},
      {"--idle-timeout", "DUR: how long a client may make no progress; 0: for ever; 60s",
       [](CommandLine& line, const std::string& value) {
         line.program.options.idle_timeout = parse_duration(value);
       }},
      {"--drain-timeout", "DUR: how long to wait for the clients when asked to stop; 5s",
       [](CommandLine& line, const std::string& value) {
         line.program.options.drain_timeout = parse_duration(value);
       }},
  };
}

Option io_option(const std::vector<std::string>& names) {
  std::string list;
  for (const auto& name : names) list += (list.empty() ? "" : " or ") + name;
  return {"--io", "NAME: " + list, [names, list](CommandLine& line, const std::string& value) {
            if (std::find(names.begin(), names.end(), value) == names.end()) {
              throw std::invalid_argument("'" + value + "' is not " + list);
            }
            line.program.io = value;
          }};
}

Option threads_option() {
  return {"--threads", "N: how many run the server; as without it: one for each processor",
          [](CommandLine& line, const std::string& value) {
            line.program.threads = static_cast<unsigned>(parse_number(value, most_threads));
            if (line.program.threads == 0) throw std::invalid_argument("it needs a thread");
          }};
}

[[noreturn]] void show_help(const char* program, const std::vector<Option>& options) {
  std::printf("%s [OPTION VALUE]...\n", program);
  for (const auto& option : options) {
    std::printf("  %-18s %s\n", option.name.c_str(), option.help.c_str());
  }
  std::printf("SIZE is 4096, 16KiB or 1MiB; DUR is 400ms, 60s or 5m.\n");
  std::exit(0);
}

CommandLine read_command_line(int argc, char** argv, const std::vector<std::string>& io_names,
                              Threads threads) {
  std::vector<Option> options = server_options();
  CommandLine line;
  if (!io_names.empty()) {
    options.push_back(io_option(io_names));
    line.program.io = io_names.front();
  }
  if (threads == Threads::several) {
    options.push_back(threads_option());
    line.program.threads = std::max(1U, std::thread::hardware_concurrency());
  }
  for (int i = 1; i < argc; i += 2) {
    const std::string name = argv[i];
    if (name == "--help") show_help(argv[0], options);
    const auto option = std::find_if(options.begin(), options.end(),
                                     [&](const Option& known) { return known.name == name; });
    if (option == options.end()) throw std::invalid_argument("there is no option '" + name + "'");
    if (i + 1 == argc) throw std::invalid_argument(name + " needs a value");
    try {
      option->set(line, argv[i + 1]);
    } catch (const std::invalid_argument& error) {
      throw std::invalid_argument(name + ": " + error.what());
    }
  }
  return line;
}

[[noreturn]] void throw_error(const std::string& what) {
  throw std::system_error(errno, std::system_category(), what);
}

int listen_on(std::uint16_t port) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (listener < 0) throw_error("socket");
  const int on = 1;
  // The first lets a server start again on the port of one that has just ended. The second sends
  // small replies without delay; Linux hands it down from a listener to what it accepts.
  if (::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      ::setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0) {
    throw_error("setsockopt");
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener, SOMAXCONN) != 0) {
    throw_error("cannot listen on port " + std::to_string(port));
  }
  return listener;
}

std::uint16_t port_of(int listener) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  if (::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw_error("getsockname");
  }
  return ntohs(address.sin_port);
}

void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) throw_error("getrlimit");
  limit.rlim_cur = limit.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) throw_error("setrlimit");
}

[[noreturn]] void complain(const char* program, const std::exception& error, int status) {
  const std::string name = std::filesystem::path(program).filename();
  std::fprintf(stderr, "%s: %s\n", name.c_str(), error.what());
  std::exit(status);
}

void (*notify_of_stop)(void* argument) = nullptr;
void* notify_argument = nullptr;
std::atomic<bool> stop_was_asked{false};
static_assert(std::atomic<bool>::is_always_lock_free, "else not for a signal handler");

extern "C" void handle_stop_signal(int signal) {
  if (stop_was_asked.exchange(true)) ::_exit(128 + signal);
  const int interrupted = errno;
  notify_of_stop(notify_argument);
  errno = interrupted;
}

}  // namespace

Program set_up_program(int argc, char** argv, const std::vector<std::string>& io_names,
                       Threads threads) {
  try {
    CommandLine line = read_command_line(argc, argv, io_names, threads);
    raise_descriptor_limit();
    line.program.listener = listen_on(line.port);
    return line.program;
  } catch (const std::invalid_argument& error) {
    complain(argv[0], error, 2);
  } catch (const std::exception& error) {
    complain(argv[0], error, 1);
  }
}

void announce(const Program& program) {
  std::printf("{\"event\": \"listening\", \"address\": \"127.0.0.1\", \"port\": %u, \"pid\": %d}\n",
              unsigned{port_of(program.listener)}, static_cast<int>(::getpid()));
  std::fflush(stdout);
}

void on_stop_request(void (*notify)(void* argument), void* argument) {
  notify_of_stop = notify;
  notify_argument = argument;
  struct sigaction action {};
  action.sa_handler = handle_stop_signal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  for (const int signal : {SIGINT, SIGTERM}) {
    if (::sigaction(signal, &action, nullptr) != 0) throw_error("sigaction");
  }
}

bool asked_to_stop() noexcept {
  return stop_was_asked;
}

}  // namespace lab
