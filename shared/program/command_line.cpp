#include "shared/program/command_line.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <limits>
#include <sstream>
#include <utility>

#include "shared/program/units.hpp"

namespace iolab {
namespace {

// CLI11 calls these for each value; what they throw becomes the message of its error.
template <class Set>
CLI::Option* add_parsed(CLI::App& app, const std::string& name, const std::string& unit,
                        const std::string& fallback, const std::string& help, Set set) {
  return app
      .add_option_function<std::string>(
          name,
          [name, set](const std::string& text) {
            try {
              set(text);
            } catch (const std::invalid_argument& error) {
              throw CLI::ValidationError(name, error.what());
            }
          },
          help)
      ->type_name(unit)
      ->default_str(fallback);
}

WorkOptions parse_work(const std::string& text) {
  WorkOptions work;
  const std::string expected =
      "'" + text + "' is not every=N,block=DURATION or every=N,spin=DURATION";
  std::istringstream parts(text);
  for (std::string part; std::getline(parts, part, ',');) {
    const auto equals = part.find('=');
    const std::string key = part.substr(0, equals);
    const std::string value = equals == std::string::npos ? "" : part.substr(equals + 1);
    if (key == "every") {
      work.every = parse_count(value);
    } else if (key == "block" || key == "spin") {
      work.kind = key == "block" ? Work::Kind::block : Work::Kind::spin;
      work.duration = parse_duration(value);
    } else {
      throw std::invalid_argument(expected);
    }
  }
  if (work.every == 0 || work.duration.count() == 0) throw std::invalid_argument(expected);
  return work;
}

void add_common_options(CLI::App& app, ServerOptions& options) {
  add_parsed(app, "--protocol", "NAME", "echo", "echo or framed", [&](const std::string& text) {
    options.protocol.protocol =
        parse_choice<Protocol>(text, {{"echo", Protocol::echo}, {"framed", Protocol::framed}});
  });
  app.add_option("--bind", options.bind, "Address to listen on")->capture_default_str();
  app.add_option("--port", options.port, "Port to listen on; 0: any free one")
      ->capture_default_str();
  app.add_option("--threads", options.threads, "Number of threads that serve")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  add_parsed(app, "--dispatch", "NAME", "sharded",
             "sharded: an engine per thread; shared: one engine for all threads",
             [&](const std::string& text) {
               options.dispatch = parse_choice<Dispatch>(
                   text, {{"sharded", Dispatch::sharded}, {"shared", Dispatch::shared}});
             });
  add_parsed(app, "--max-connections", "NUMBER", "0",
             "Connections beyond these are closed at once; 0: no limit",
             [&](const std::string& text) { options.max_connections = parse_count(text); });
}

std::size_t parse_read_size(const std::string& text) {
  const std::uint64_t size = parse_size(text);
  if (size == 0 || size > (1U << 30)) {
    throw std::invalid_argument("must be between 1 and 1024MiB");
  }
  return size;
}

void add_limits(CLI::App& app, ServerOptions& options) {
  add_parsed(app, "--idle-timeout", "DURATION", "60s",
             "Close a connection without progress for this long; 0: never",
             [&](const std::string& text) { options.idle_timeout = parse_duration(text); });
  add_parsed(app, "--drain-timeout", "DURATION", "5s",
             "When stopping, wait at most this long for connections to end",
             [&](const std::string& text) { options.drain_timeout = parse_duration(text); });
  add_parsed(app, "--max-frame", "SIZE", "1MiB", "Longest payload of a frame",
             [&](const std::string& text) {
               const std::uint64_t size = parse_size(text);
               if (size > std::numeric_limits<std::uint32_t>::max()) {
                 throw std::invalid_argument("a frame's length has 32 bits: at most 4294967295");
               }
               options.protocol.max_frame = static_cast<std::uint32_t>(size);
             });
  add_parsed(app, "--output-limit", "SIZE", "256KiB",
             "Stop reading from a connection while more output is pending; 0: no limit",
             [&](const std::string& text) { options.output_limit = parse_size(text); });
  add_parsed(app, "--read-size", "SIZE", "16KiB", "Bytes asked for by a connection's first reads",
             [&](const std::string& text) { options.read_size = parse_read_size(text); });
  add_parsed(app, "--largest-read", "SIZE", "256KiB",
             "Reads that fill their buffer grow up to this size; at most --read-size: they do not",
             [&](const std::string& text) { options.largest_read = parse_read_size(text); });
  add_parsed(app, "--work", "every=N,block|spin=DURATION", "none",
             "On every Nth message sleep, or use the CPU, for this long",
             [&](const std::string& text) { options.work = parse_work(text); });
}

void add_own_options(CLI::App& app, ServerOptions& options) {
  app.add_option("--demultiplexer", options.demultiplexer, "select, poll or epoll")
      ->check(CLI::IsMember({"select", "poll", "epoll"}))
      ->capture_default_str();
  app.add_option("--read", options.read, "buffered, or exact: first the header, then the body")
      ->check(CLI::IsMember({"buffered", "exact"}))
      ->capture_default_str();
  app.add_option("--timer", options.timer, "idle-list, or per-operation: a timer for each read")
      ->check(CLI::IsMember({"idle-list", "per-operation"}))
      ->capture_default_str();
  app.add_option("--uring-setup", options.uring_setup,
                 "How the ring is made: none, coop or defer; newest: that the kernel knows")
      ->check(CLI::IsMember({"none", "coop", "defer", "newest"}))
      ->capture_default_str();
  app.add_option("--uring-entries", options.uring_entries, "Length of the submission queue")
      ->check(CLI::Range(2, 32768))
      ->capture_default_str();
  app.add_option("--provided-buffers", options.provided_buffers,
                 "Receive buffers in the ring; a power of two")
      ->check(CLI::Range(2, 32768))
      ->capture_default_str();
  app.add_option("--uring-files", options.uring_files,
                 "plain, or registered: the ring keeps a table of the sockets")
      ->check(CLI::IsMember({"plain", "registered"}))
      ->capture_default_str();
  app.add_option("--uring-receive", options.uring_receive,
                 "single, or bundle: one completion may fill several buffers (Linux 6.10)")
      ->check(CLI::IsMember({"single", "bundle"}))
      ->capture_default_str();
  add_parsed(app, "--zero-copy-from", "SIZE", "0",
             "Send pieces of at least this size without copying them; 0: always copy",
             [&](const std::string& text) { options.zero_copy_from = parse_size(text); });
  app.add_option("--zero-copy-memory", options.zero_copy_memory,
                 "Read what is sent without a copy into plain memory, or into registered")
      ->check(CLI::IsMember({"plain", "registered"}))
      ->capture_default_str();
}

constexpr std::string_view own_option_names[] = {
    "demultiplexer",    "read",        "timer",         "uring-setup",    "uring-entries",
    "provided-buffers", "uring-files", "uring-receive", "zero-copy-from", "zero-copy-memory"};

bool offers(const ServerProgram& program, std::string_view option) {
  return std::ranges::find(program.own_options, option) != program.own_options.end();
}

// Refused, not ignored: a measurement must never run with another setting than it names.
void refuse_what_it_cannot_do(const CLI::App& app, const ServerOptions& options,
                              const ServerProgram& program) {
  for (const std::string_view name : own_option_names) {
    if (app.count("--" + std::string(name)) > 0 && !offers(program, name)) {
      throw UsageError("this server has no option --" + std::string(name) +
                       " (--help lists those it has)");
    }
  }
  if (options.dispatch == Dispatch::shared && !offers(program, "dispatch")) {
    throw UsageError("this server cannot share one engine between threads: use --dispatch sharded");
  }
}

// Options of other servers are known, so that they can be refused by name, but not advertised.
void hide_what_it_cannot_do(CLI::App& app, const ServerProgram& program) {
  for (const std::string_view name : own_option_names) {
    if (!offers(program, name)) app.get_option("--" + std::string(name))->group("");
  }
}

}  // namespace

ServerOptions parse_command_line(int argc, const char* const* argv, const ServerProgram& program) {
  ServerOptions options;
  CLI::App app("Serves echo or framed echo over TCP", std::string(program.name));
  add_common_options(app, options);
  add_limits(app, options);
  add_own_options(app, options);
  hide_what_it_cannot_do(app, program);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    std::cout << app.help();
    std::exit(0);
  } catch (const CLI::ParseError& error) {
    throw UsageError(std::string(error.what()) + " (--help lists the options)");
  }
  refuse_what_it_cannot_do(app, options, program);
  return options;
}

}  // namespace iolab
