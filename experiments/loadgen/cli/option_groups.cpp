#include "experiments/loadgen/cli/option_groups.hpp"

#include "experiments/loadgen/cli/option_parsers.hpp"
#include "shared/program/units.hpp"

namespace iolab::loadgen {

namespace {

constexpr Nanoseconds ms = 1'000'000;
constexpr double most_per_s = 1e9;
constexpr std::uint64_t largest_message = 64 * 1024 * 1024;

}  // namespace

void add_traffic(CLI::App& app, RunOptions& run, RawOptions& raw) {
  app.add_option(
         "--target", raw.targets,
         "Server to measure, NAME=HOST:PORT[,pid=PID]; repeat it for more. With its process "
         "id its CPU time is measured too")
      ->type_name("TARGET")
      ->allow_extra_args(false);
  add_parsed(
      app, "--protocol", "NAME", "echo", "echo: bytes back; framed: a length, then that many bytes",
      [&](const std::string& text) {
        run.protocol =
            parse_choice<Protocol>(text, {{"echo", Protocol::echo}, {"framed", Protocol::framed}});
      });
  add_number(app, "-c,--connections", run.connections, 1U, 1'000'000U,
             "Connections to each target");
  add_parsed(app, "-s,--size", "SIZE", "68",
             "Size of a message on the wire in bytes, header included; also KiB, MiB",
             [&](const std::string& text) {
               run.size = parse_size(text);
               if (run.size < 1 || run.size > largest_message) {
                 throw std::invalid_argument("'" + text + "' is not a size from 1 to 64MiB");
               }
             });
  add_number(app, "-p,--depth", run.depth, 1U, 65'536U,
             "Messages in flight per connection, at most");
  add_number(app, "-t,--threads", run.threads, 1U, 256U, "Threads of the generator");
  app.add_flag("--verify,!--no-verify", run.verify,
               "Compare every byte of every reply (the default)");
  add_number(app, "--seed", run.seed, std::uint64_t{0}, ~std::uint64_t{0},
             "Of the order of slices and of the arrivals");
}

void add_timing(CLI::App& app, RunOptions& run) {
  add_duration(app, "--slice", run.slice_ns, 1, std::to_string(run.slice_ns / ms) + "ms",
               "Length of one visit to one target");
  add_duration(app, "-w,--warmup", run.warmup_ns, 0, "50ms",
               "Traffic to each target before measuring");
  add_duration(
      app, "--timeout", run.timeout_ns, 1, "5s",
      "A target without a reply for this long has failed; in an open loop the requests of a "
      "slice are given up this long after its end");
  add_duration(app, "--late", run.late_ns, 0, "1ms",
               "A request sent later than this after its time is late");
  add_duration(
      app, "--spin", run.spin_ns, 0, "100us",
      "Poll instead of sleep when the next request is due within this time; 0: never poll");
  app.add_option("--watch-cpus", run.watched_cpus,
                 "CPUs of the servers: a thread on each wakes at fixed times and tells stalls")
      ->delimiter(',')
      ->type_name("CPU,...")
      ->allow_extra_args(false);
  add_duration(app, "--watch-period", run.watch_period_ns, 10'000, "1ms",
               "Time between two looks at the servers' cores");
  add_duration(app, "--lead-in", run.lead_in_ns, 0, "0",
               "Requests of an open loop that are due so early in a slice are in no histogram");
  add_parsed(app, "--arrivals", "NAME", "poisson",
             "Distances between the requests of an open loop, poisson or uniform",
             [&](const std::string& text) {
               run.arrivals = parse_choice<ArrivalProcess>(
                   text,
                   {{"poisson", ArrivalProcess::poisson}, {"uniform", ArrivalProcess::uniform}});
             });
}

void add_connecting(CLI::App& app, RunOptions& run, RawOptions& raw) {
  add_number(app, "--connect-rate", run.connect_rate_per_s, 0.0, most_per_s,
             "Connections to open per second; 0: as fast as they are accepted");
  app.add_option(
         "--local", raw.local_addresses,
         "Local addresses that connections come from in turn; by default 127.0.0.1, 127.0.0.2 "
         "and so on for a server on loopback, one for each 16000 connections")
      ->delimiter(',')
      ->type_name("ADDRESS,...")
      ->allow_extra_args(false);
  add_number(app, "--idle", run.idle, 0U, 1'000'000U,
             "More connections to each target that exchange one message and then nothing");
  add_number(app, "--churn", run.churn, 0U, 1'000'000'000U,
             "Close a connection after so many messages and open a new one; 0: never");
}

void add_rate(CLI::App& app, RunOptions& run, const std::string& preset, const std::string& help) {
  add_parsed(app, "-R,--rate", "N", preset, help, [&](const std::string& text) {
    run.rate_per_s = parse_number<double>(text, 1e-3, most_per_s);
  });
}

void add_run(CLI::App& app, RunOptions& run, RawOptions& raw) {
  auto* rounds =
      add_number(app, "--rounds", run.rounds, 1U, 1'000'000'000U, "Visits to each target");
  add_duration(app, "-d,--duration", raw.duration_ns, 1, "",
               "Total time for each target, instead of --rounds: as many slices as fill it")
      ->excludes(rounds);
  add_rate(
      app, run, "",
      "Open loop: requests per second to each target, on a schedule; without it a closed loop");
  add_duration(app, "--interval", run.interval_ns, 0, "0",
               "Also report intervals of this length within the slices; 0: none");
  app.add_option("--hgrm", run.hgrm_folder,
                 "Folder for percentile distributions as text (.hgrm), in microseconds")
      ->type_name("FOLDER");
  app.add_option("--hlog", run.log_file,
                 "File for an HdrHistogram V2 log, one histogram per slice or interval")
      ->type_name("FILE");
}

}  // namespace iolab::loadgen
