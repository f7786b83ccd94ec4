#include "tests/conformance/options.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

namespace iolab::conformance {
namespace {

const std::map<std::string, Protocol> protocols{{"echo", Protocol::echo},
                                                {"framed", Protocol::framed}};
const std::map<std::string, Level> levels{
    {"wire", Level::wire}, {"server", Level::server}, {"full", Level::full}};

/// A program, or a server of a build's roster.
struct Choice {
  std::string program;
  std::string roster;
  std::string server;
};

const Json& find_server(const Json& roster, const std::string& name) {
  const Json& servers = roster.at("servers");
  const auto found =
      std::ranges::find_if(servers, [&](const Json& s) { return s.at("name") == name; });
  if (found == servers.end())
    throw std::invalid_argument("the roster has no server '" + name + "'");
  return *found;
}

void take_from_roster(const Choice& choice, Target& target) {
  std::ifstream file(choice.roster);
  const Json roster = Json::parse(file, nullptr, false);
  if (!roster.is_object()) throw std::invalid_argument("'" + choice.roster + "' is not a roster");
  const Json& server = find_server(roster, choice.server);
  const auto folder = std::filesystem::path(choice.roster).parent_path();
  target.program = (folder / server.at("program").get<std::string>()).string();
  if (target.engine.empty()) target.engine = server.at("engine");
  target.offers_shared = std::ranges::count(server.at("dispatch"), "shared") > 0;
}

void add_choice(CLI::App& app, Choice& choice, Target& target) {
  auto* const program = app.add_option("--program", choice.program, "The program to test");
  auto* const roster = app.add_option("--roster", choice.roster, "A build's servers.json");
  app.add_option("--server", choice.server, "Which server of the roster")
      ->needs(roster)
      ->excludes(program);
  app.add_flag("--shared", target.offers_shared, "The program offers --dispatch shared")
      ->excludes(roster);
}

void add_target(CLI::App& app, Target& target) {
  app.add_option_function<std::string>(
         "--protocol", [&](const std::string& name) { target.protocol = protocols.at(name); })
      ->check(CLI::IsMember({"echo", "framed"}))
      ->required();
  app.add_option_function<std::string>(
         "--level", [&](const std::string& name) { target.level = levels.at(name); },
         "How much is judged (default: full)")
      ->check(CLI::IsMember({"wire", "server", "full"}));
  app.add_option("--most-clients", target.most_clients, "It serves no more than these at a time")
      ->check(CLI::Range(30, 10'000));
  app.add_option("--engine", target.engine, "What its banner must name; else what the roster says");
}

void parse(CLI::App& app, int argc, char** argv) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    std::cout << app.help();
    std::exit(0);
  } catch (const CLI::ParseError& error) {
    throw std::invalid_argument(error.what());
  }
}

// As execvp() looks for it.
bool is_there(const std::string& program) {
  if (program.find('/') != std::string::npos) return std::filesystem::exists(program);
  const char* const path = std::getenv("PATH");
  std::istringstream folders(path ? path : "");
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (std::filesystem::exists(std::filesystem::path(folder) / program)) return true;
  }
  return false;
}

void find_program(const Choice& choice, Target& target) {
  if (choice.program.empty() == choice.server.empty()) {
    throw std::invalid_argument(
        "name what to test: --program PATH, or --roster FILE --server NAME");
  }
  target.program = choice.program;
  if (!choice.server.empty()) take_from_roster(choice, target);
  if (!is_there(target.program)) {
    throw std::invalid_argument("there is no program '" + target.program +
                                "'; for variables, && or pipes write sh -c '...'");
  }
}

}  // namespace

Options read_options(int argc, char** argv) {
  char** const end = argv + argc;
  char** const separator = std::find(argv, end, std::string_view("--"));
  Options options;
  Choice choice;
  CLI::App app(
      "Tests any program that serves echo or framed echo. What follows -- goes to the program,\n"
      "with {port} replaced by a free port. See tests/conformance/contract.md.\n"
      "Google Test's options work as well: --gtest_filter=Drain.*");
  add_choice(app, choice, options.target);
  add_target(app, options.target);
  app.add_flag("--report", options.report, "Say what is wrong with the program, in words");
  app.add_flag("--first", options.first, "Stop at the first failure");
  parse(app, static_cast<int>(separator - argv), argv);
  if (separator != end) options.target.arguments.assign(separator + 1, end);
  find_program(choice, options.target);
  return options;
}

}  // namespace iolab::conformance
