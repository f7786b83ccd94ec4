#include "experiments/loadgen/cli/command_line.hpp"

#include <CLI/CLI.hpp>
#include <memory>

#include "experiments/loadgen/cli/help_format.hpp"
#include "experiments/loadgen/cli/option_groups.hpp"
#include "experiments/loadgen/cli/option_parsers.hpp"

namespace iolab::loadgen {
namespace {

constexpr Nanoseconds ms = 1'000'000;

std::vector<boost::asio::ip::address> parse_addresses(const std::vector<std::string>& texts) {
  std::vector<boost::asio::ip::address> addresses;
  for (const std::string& text : texts) {
    boost::system::error_code error;
    addresses.push_back(boost::asio::ip::make_address(text, error));
    if (error) throw UsageError("--local '" + text + "': not an IP address");
  }
  return addresses;
}

void complete(RunOptions& run, const RawOptions& raw, bool needs_target) {
  run.targets = parse_targets(raw.targets);
  run.local_addresses = parse_addresses(raw.local_addresses);
  if (raw.duration_ns > 0) {
    run.rounds = static_cast<unsigned>((raw.duration_ns + run.slice_ns - 1) / run.slice_ns);
  }
  if (needs_target && run.targets.empty()) {
    throw UsageError("--target is missing: NAME=HOST:PORT[,pid=PID] of what is to be measured");
  }
  if (run.protocol == Protocol::framed && run.size < 4) {
    throw UsageError("--size must be at least 4 for framed: the header counts");
  }
  if (run.threads > run.connections) throw UsageError("--threads must not exceed --connections");
}

void complete(SearchOptions& search, const RawOptions& raw) {
  complete(search.run, raw, true);
  // At a rate that is too high the queue grows all the time. In a short slice it would still be
  // within the limit at the end, and the rate would seem to be kept.
  if (search.run.slice_ns < 10 * search.objective.limit_ns) {
    throw UsageError("--slice must be at least ten times the limit of --slo");
  }
}

CLI::App& add_search(CLI::App& app, SearchOptions& search, RawOptions& raw) {
  search.run.slice_ns = 200 * ms;
  CLI::App& command =
      *app.add_subcommand("search", "Find the highest rate within a latency objective");
  add_parsed(command, "--slo", "SLO", "p99:1ms",
             "Objective for response times; p99.9:500us for example",
             [&](const std::string& text) { search.objective = parse_objective(text); });
  add_number(command, "--trials", search.trials, 1U, 1'000'000U, "Visits to each target");
  add_parsed(
      command, "--between", "LOW:HIGH", "",
      "Look only between these requests per second; by default far below and a little above "
      "what a closed loop reaches",
      [&](const std::string& text) {
        const auto colon = text.find(':');
        search.lowest_per_s = parse_number<double>(text.substr(0, colon), 1e-3, 1e9);
        search.highest_per_s = parse_number<double>(
            colon == std::string::npos ? "" : text.substr(colon + 1), 1e-3, 1e9);
        if (search.lowest_per_s >= search.highest_per_s) {
          throw std::invalid_argument("--between '" + text + "': not LOW:HIGH with LOW < HIGH");
        }
      });
  add_traffic(command, search.run, raw);
  add_timing(command, search.run);
  add_connecting(command, search.run, raw);
  return command;
}

CLI::App& add_selftest(CLI::App& app, SelftestOptions& selftest, RawOptions& raw) {
  selftest.run.rate_per_s = 50'000;
  CLI::App& command = *app.add_subcommand(
      "selftest", "Find this machine's limits: rate, cost per message and timing error");
  command
      .add_option("--yardstick", selftest.yardstick,
                  "Program to compare the cost per message with: tests/yardstick/pingpong")
      ->type_name("PROGRAM");
  command.add_flag("--json", selftest.json, "Print JSON lines instead of sentences");
  add_rate(command, selftest.run, "50000", "Requests per second of the timing test");
  add_number(command, "--rounds", selftest.run.rounds, 1U, 1'000'000U, "Visits in each test");
  add_traffic(command, selftest.run, raw);
  add_timing(command, selftest.run);
  return command;
}

}  // namespace

Command parse_command_line(int argc, const char* const* argv) {
  RawOptions raw;
  RunOptions run;
  SearchOptions search;
  SelftestOptions selftest;
  CLI::App app{
      "Load generator that measures servers side by side: it holds connections to all targets and\n"
      "visits them in short slices, in an order shuffled anew in each round. Writes JSON lines."};
  app.formatter(std::make_shared<HelpFormat>());
  app.require_subcommand(0, 1);
  add_traffic(app, run, raw);
  add_run(app, run, raw);
  add_timing(app, run);
  add_connecting(app, run, raw);
  const CLI::App& search_app = add_search(app, search, raw);
  const CLI::App& selftest_app = add_selftest(app, selftest, raw);
  try {
    app.parse(argc, argv);
    if (search_app.parsed()) {
      complete(search, raw);
      return search;
    }
    complete(selftest_app.parsed() ? selftest.run : run, raw, !selftest_app.parsed());
    if (selftest_app.parsed()) return selftest;
    return run;
  } catch (const CLI::CallForHelp&) {
    return Help{app.help()};
  } catch (const CLI::ParseError& error) {
    throw UsageError(error.what());
  } catch (const std::invalid_argument& error) {
    throw UsageError(error.what());
  }
}

}  // namespace iolab::loadgen
