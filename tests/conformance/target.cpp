#include "tests/conformance/target.hpp"

#include <signal.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <span>

#include "tests/conformance/listening.hpp"

namespace iolab::conformance {
namespace {

Target chosen;

struct Choice {
  std::string roster;
  std::string server;
  std::string program;
  bool offers_shared = false;
  Style style;
};

// What a program must have besides a port, at its level and those below.
const std::map<Level, Words> needed_options{
    {Level::server,
     {"--protocol", "--idle-timeout", "--drain-timeout", "--output-limit", "--max-connections",
      "--max-frame", "--read-size"}},
    {Level::full, {"--port", "--bind", "--threads", "--dispatch", "--work"}}};
const std::map<Level, Words> needed_in_banner{
    {Level::server, {"event", "address", "port", "pid"}},
    {Level::full, {"server", "pattern", "engine", "protocol", "threads", "dispatch", "limits"}}};

const Json& find_server(const Json& roster, const std::string& name) {
  const Json& servers = roster.at("servers");
  const auto found =
      std::ranges::find_if(servers, [&](const Json& s) { return s.at("name") == name; });
  if (found == servers.end())
    throw std::invalid_argument("the roster has no server '" + name + "'");
  return *found;
}

void take_from_roster(const Choice& choice) {
  std::ifstream file(choice.roster);
  const Json roster = Json::parse(file, nullptr, false);
  if (!roster.is_object()) throw std::invalid_argument("'" + choice.roster + "' is not a roster");
  const Json& server = find_server(roster, choice.server);
  const auto folder = std::filesystem::path(choice.roster).parent_path();
  chosen.program = (folder / server.at("program").get<std::string>()).string();
  if (chosen.engine.empty()) chosen.engine = server.at("engine");
  chosen.offers_shared = std::ranges::count(server.at("dispatch"), "shared") > 0;
}

void parse_own(int argc, char** argv, Choice& choice) {
  CLI::App app(
      "Tests any program that serves echo or framed echo. What follows -- goes to the program,\n"
      "with {port} replaced by a free port on level wire. See tests/conformance/contract.md.\n"
      "Google Test's options work as well: --gtest_filter=Drain.*");
  const std::map<std::string, Protocol> protocols{{"echo", Protocol::echo},
                                                  {"framed", Protocol::framed}};
  const std::map<std::string, Level> levels{
      {"wire", Level::wire}, {"server", Level::server}, {"full", Level::full}};
  app.add_option("--protocol", chosen.protocol, "echo or framed")
      ->transform(CLI::CheckedTransformer(protocols))
      ->type_name("NAME")
      ->required();
  auto* const program = app.add_option("--program", choice.program, "The program to test");
  auto* const roster = app.add_option("--roster", choice.roster, "A build's servers.json");
  app.add_option("--server", choice.server, "Which server of the roster")
      ->needs(roster)
      ->excludes(program);
  app.add_flag("--shared", choice.offers_shared, "The program offers --dispatch shared")
      ->excludes(roster);
  app.add_option("--most-clients", chosen.most_clients, "It serves no more than these at a time")
      ->check(CLI::Range(30, 10'000));
  app.add_option("--engine", chosen.engine, "What its banner must name; else what the roster says");
  app.add_option("--level", chosen.level, "How much is judged: wire, server or full (default)")
      ->transform(CLI::CheckedTransformer(levels))
      ->type_name("NAME");
  app.add_flag("--report", choice.style.report, "Say what is wrong with the program, in words");
  app.add_flag("--first", choice.style.first, "Stop at the first failure");
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    std::cout << app.help();
    std::exit(0);
  } catch (const CLI::ParseError& error) {
    throw std::invalid_argument(error.what());
  }
  if (choice.program.empty() == choice.server.empty()) {
    throw std::invalid_argument(
        "name what to test: --program PATH, or --roster FILE --server NAME");
  }
}

// {port} in the arguments of a program.
constexpr std::string_view port_place = "{port}";

std::optional<std::uint16_t> fill_in_port(Words& command,
                                          std::optional<std::uint16_t> wanted = {}) {
  std::optional<std::uint16_t> port;
  for (auto& word : command) {
    for (auto at = word.find(port_place); at != std::string::npos; at = word.find(port_place)) {
      if (!port) port = wanted ? *wanted : free_port();
      word.replace(at, port_place.size(), std::to_string(*port));
    }
  }
  return port;
}

// Kills what does not end: a program that ignores --help serves.
std::string help() {
  Words words{chosen.program};
  words.insert(words.end(), chosen.arguments.begin(), chosen.arguments.end());
  words.emplace_back("--help");
  ServerProcess process(words);
  (void)eventually([&] { return process.status().has_value(); }, 2s);
  return process.standard_output();
}

std::string list(const Words& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "`" : ", `") + word + "`";
  return text;
}

Words missing_keys(const Json& object, const Words& keys) {
  Words missing;
  std::ranges::copy_if(keys, std::back_inserter(missing),
                       [&](const std::string& key) { return !object.contains(key); });
  return missing;
}

// Lowers the target's level to the one below `level`.
void fall_below(Level level) {
  chosen.level = std::min(chosen.level, level == Level::full ? Level::server : Level::wire);
}

void find_lacking_options(Trial& trial) {
  for (const auto& [level, options] : needed_options) {
    if (level > chosen.level) continue;
    std::ranges::copy_if(options, std::back_inserter(chosen.lacking),
                         [](const auto& option) { return !offers(option); });
  }
  if (chosen.lacking.empty()) return;
  trial.lacks.push_back("its --help does not name " + list(chosen.lacking));
  fall_below(Level::full);
}

void judge_banner(const Json& banner, Trial& trial) {
  Words missing;
  for (const auto& [level, keys] : needed_in_banner) {
    if (level > chosen.level) continue;
    const Words more = missing_keys(banner, keys);
    missing.insert(missing.end(), more.begin(), more.end());
    if (!more.empty()) fall_below(level);
  }
  if (!missing.empty()) trial.lacks.push_back("the banner lacks " + list(missing));
}

void judge_closing_line(ServerProcess& process, Trial& trial) {
  try {
    process.signal(SIGTERM);
    (void)process.wait();
    (void)process.closing_line();
  } catch (const std::runtime_error&) {
    trial.lacks.emplace_back(
        "its last line on standard output, after SIGTERM, is not the closing statistics (JSON "
        "with \"event\": \"stopped\")");
    fall_below(Level::full);
  }
}

void judge_process(Trial& trial) {
  Words words = chosen.command();
  (void)fill_in_port(words);
  ServerProcess process(words);
  try {
    process.wait_until_listening();
  } catch (const NotListening&) {
    const std::string said = process.standard_error();
    if (process.status() == 3) {
      trial.refusal = said.substr(0, said.find('\n'));
    } else {
      trial.lacks.emplace_back(
          "its first line on standard output is not the banner (JSON with \"event\": "
          "\"listening\", address, port and pid)");
      fall_below(Level::server);
    }
    return;
  }
  trial.engine = process.banner().value("engine", "");
  judge_banner(process.banner(), trial);
  if (chosen.level == Level::full) judge_closing_line(process, trial);
}

}  // namespace

bool Target::has(const std::string& option) const {
  return level != Level::wire && std::ranges::count(lacking, option) == 0;
}

Words Target::command(const Words& case_options) const {
  Words words{program};
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i].starts_with("--") && std::ranges::count(case_options, arguments[i]) > 0) {
      ++i;  // the case decides: without the option's value either
    } else {
      words.push_back(arguments[i]);
    }
  }
  Words added{"--protocol", protocol == Protocol::echo ? "echo" : "framed"};
  added.insert(added.end(), case_options.begin(), case_options.end());
  for (std::span<const std::string> left = added; !left.empty();) {
    const auto option =
        left.first(std::min<std::size_t>(2, left.size()));  // a value may be missing
    if (has(option[0])) words.insert(words.end(), option.begin(), option.end());
    left = left.subspan(option.size());
  }
  return words;
}

ServerProcess Target::start(const Words& case_options, const Words& environment,
                            std::optional<std::uint16_t> wanted) const {
  Words words = command(case_options);
  const auto port = fill_in_port(words, wanted);
  ServerProcess process(words, environment);
  if (level == Level::wire) {
    process.wait_for_port(port);
  } else {
    process.wait_until_listening();
  }
  return process;
}

const Target& target() {
  return chosen;
}

Style choose_target(int argc, char** argv) {
  char** const end = argv + argc;
  char** const separator = std::find(argv, end, std::string_view("--"));
  Choice choice;
  parse_own(static_cast<int>(separator - argv), argv, choice);
  if (separator != end) chosen.arguments.assign(separator + 1, end);
  chosen.program = choice.program;
  chosen.offers_shared = choice.offers_shared;
  if (!choice.server.empty()) take_from_roster(choice);
  const bool is_path = chosen.program.find('/') != std::string::npos;
  if (is_path && !std::filesystem::exists(chosen.program)) {
    throw std::invalid_argument("there is no program '" + chosen.program + "'");
  }
  return choice.style;
}

bool offers(const std::string& option) {
  static const std::string text = help();
  return text.find(option) != std::string::npos;
}

Trial try_target() {
  Trial trial;
  if (chosen.level == Level::wire) return trial;
  find_lacking_options(trial);
  judge_process(trial);
  return trial;
}

}  // namespace iolab::conformance
