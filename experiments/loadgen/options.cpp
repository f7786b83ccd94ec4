#include "experiments/loadgen/options.hpp"

#include <CLI/CLI.hpp>
#include <iostream>
#include <map>

namespace iolab {
namespace {

const CLI::AsNumberWithUnit duration(
    std::map<std::string, Nanoseconds>{{"ns", 1}, {"us", 1'000}, {"ms", 1'000'000}, {"s", 1'000'000'000}},
    CLI::AsNumberWithUnit::Options::UNIT_REQUIRED, "DURATION");

void check(const RunOptions& options) {
  if (options.targets.empty()) throw UsageError("--target is missing: what is to be measured?");
  if (options.protocol == Protocol::framed && options.size < 4) {
    throw UsageError("--size must be at least 4 for framed: the header counts");
  }
  if (options.threads > options.connections) {
    throw UsageError("--threads must not exceed --connections");
  }
}

}  // namespace

RunOptions parse_options(int argc, const char* const* argv) {
  RunOptions options;
  std::vector<std::string> targets;
  CLI::App app{"Measures servers side by side: visits every target in short slices, in random order"};
  app.option_defaults()->always_capture_default();
  app.add_option("--target", targets, "Server to measure, NAME=HOST:PORT[,pid=PID]; repeat for more");
  app.add_option("--protocol", options.protocol, "echo or framed")
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, Protocol>{{"echo", Protocol::echo}, {"framed", Protocol::framed}}))
      ->default_str("echo");
  app.add_option("-c,--connections", options.connections, "Connections to each target")
      ->check(CLI::Range(1, 1'000'000));
  app.add_option("-s,--size", options.size, "Bytes of a message on the wire, header included")
      ->transform(CLI::AsSizeValue(false))
      ->check(CLI::Range(std::size_t{1}, std::size_t{64} << 20));
  app.add_option("-p,--depth", options.depth, "Messages in flight per connection")
      ->check(CLI::Range(1, 65536));
  app.add_option("-t,--threads", options.threads, "Threads of the generator")->check(CLI::Range(1, 256));
  app.add_option("--slice", options.slice_ns, "Length of one visit to one target")
      ->transform(duration)
      ->default_str("100ms");
  app.add_option("--rounds", options.rounds, "Visits to each target")->check(CLI::Range(1, 1'000'000));
  app.add_option("-w,--warmup", options.warmup_ns, "Traffic per target that is not counted, at first")
      ->transform(duration)
      ->default_str("50ms");
  app.add_option("--timeout", options.timeout_ns, "A target that does not answer for so long has failed")
      ->transform(duration)
      ->default_str("5s");
  app.add_option("--seed", options.seed, "Of everything random");
  app.add_flag("--verify,!--no-verify", options.verify, "Compare every byte of every reply");
  try {
    app.parse(argc, argv);
    options.targets = parse_targets(targets);
  } catch (const CLI::CallForHelp&) {
    std::cout << app.help();
    throw HelpShown{};
  } catch (const CLI::ParseError& error) {
    throw UsageError(error.what());
  } catch (const std::invalid_argument& error) {
    throw UsageError(error.what());
  }
  check(options);
  return options;
}

}  // namespace iolab
