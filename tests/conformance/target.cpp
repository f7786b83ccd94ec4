#include "tests/conformance/target.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <fstream>

namespace iolab::conformance {
namespace {

Target chosen;

struct Choice {
  std::string roster;
  std::string server;
  std::string program;
  bool offers_shared = false;
};

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
      "Tests any program that serves echo or framed echo. What follows -- goes to the program.\n"
      "Google Test's options work as well: --gtest_filter=Drain.*");
  const std::map<std::string, Protocol> protocols{{"echo", Protocol::echo},
                                                  {"framed", Protocol::framed}};
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
  app.require_option(2, 6);
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

}  // namespace

Words Target::command(const Words& case_options) const {
  Words own{"--protocol", protocol == Protocol::echo ? "echo" : "framed"};
  own.insert(own.end(), options.begin(), options.end());
  Words words{program};
  for (std::size_t i = 0; i + 1 < own.size(); i += 2) {
    if (std::ranges::count(case_options, own[i]) > 0) continue;  // the case decides
    words.insert(words.end(), {own[i], own[i + 1]});
  }
  words.insert(words.end(), case_options.begin(), case_options.end());
  return words;
}

const Target& target() {
  return chosen;
}

void choose_target(int argc, char** argv) {
  char** const end = argv + argc;
  char** const separator = std::find(argv, end, std::string_view("--"));
  Choice choice;
  parse_own(static_cast<int>(separator - argv), argv, choice);
  if (separator != end) chosen.options.assign(separator + 1, end);
  if (chosen.options.size() % 2 != 0)
    throw std::invalid_argument("what follows -- must be pairs of option and value");
  chosen.program = choice.program;
  chosen.offers_shared = choice.offers_shared;
  if (!choice.server.empty()) take_from_roster(choice);
  if (!std::filesystem::exists(chosen.program)) {
    throw std::invalid_argument("there is no program '" + chosen.program + "'");
  }
}

Trial try_target() {
  ServerProcess process(target().command());
  try {
    process.wait_until_listening();
    return {.refusal = "", .engine = process.banner().value("engine", "")};
  } catch (const std::runtime_error&) {  // the cases will say what is wrong
    const std::string said = process.standard_error();
    return {.refusal = process.status() == 3 ? said.substr(0, said.find('\n')) : "", .engine = ""};
  }
}

bool offers(const std::string& option) {
  ServerProcess process(target().command({"--help"}));
  (void)process.wait();
  return process.standard_output().find(option) != std::string::npos;
}

}  // namespace iolab::conformance
