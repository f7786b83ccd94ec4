#include "tests/conformance/trial.hpp"

#include <signal.h>

#include <algorithm>
#include <map>

namespace iolab::conformance {
namespace {

// What a program must have besides a port, at its level and those below.
const std::map<Level, Words> needed_options{
    {Level::server,
     {"--protocol", "--idle-timeout", "--drain-timeout", "--output-limit", "--max-connections",
      "--max-frame", "--read-size"}},
    {Level::full, {"--port", "--bind", "--threads", "--dispatch", "--work"}}};
const std::map<Level, Words> needed_in_banner{
    {Level::server, {"event", "address", "port", "pid"}},
    {Level::full, {"server", "pattern", "engine", "protocol", "threads", "dispatch", "limits"}}};

// Kills what does not end: a program that ignores --help serves.
std::string help_of(const Target& target) {
  Words words{target.program};
  words.insert(words.end(), target.arguments.begin(), target.arguments.end());
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

/// Collects what the target lacks. Each lack lowers the level.
class TrialRun {
 public:
  explicit TrialRun(const Target& target) : wanted_(target.level) { trial_.kept = target; }

  Trial run() {
    judge_help();
    judge_process();
    return trial_;
  }

 private:
  void lacks(std::string what, Level next) {
    trial_.lacks.push_back(std::move(what));
    trial_.kept.level = std::min(trial_.kept.level, next);
  }

  void judge_help();
  void judge_process();
  void judge_banner(const Json& banner);
  void judge_end(ServerProcess& process);

  const Level wanted_;
  Trial trial_;
};

void TrialRun::judge_help() {
  Target& target = trial_.kept;
  target.help = help_of(target);
  Words missing;
  for (const auto& [level, options] : needed_options) {
    if (level > wanted_) continue;
    std::ranges::copy_if(options, std::back_inserter(missing),
                         [&](const auto& one) { return !target.offers(one); });
  }
  if (!missing.empty()) lacks("its --help does not name " + list(missing), Level::server);
}

void TrialRun::judge_process() {
  try {
    ServerProcess process = trial_.kept.start();
    judge_banner(process.banner());
    if (trial_.kept.level == Level::full) judge_end(process);
  } catch (const NotListening& error) {
    if (error.status == 3) {
      trial_.refusal = error.complaint;
    } else {
      lacks(
          "its first line on standard output is not the banner (JSON in one line with \"event\": "
          "\"listening\", address, port and pid, flushed at once); seen: " +
              (error.first_line.empty() ? "nothing" : error.first_line),
          Level::wire);
    }
  }
}

void TrialRun::judge_banner(const Json& banner) {
  trial_.engine = text_of(banner, "engine");
  for (const auto& [level, keys] : needed_in_banner) {
    if (level > wanted_) continue;
    const Words missing = missing_keys(banner, keys);
    if (missing.empty()) continue;
    lacks("the banner lacks " + list(missing), level == Level::full ? Level::server : Level::wire);
  }
  if (number_of(banner, "port") == 0) lacks("the banner's `port` is no port", Level::wire);
}

void TrialRun::judge_end(ServerProcess& process) {
  try {
    process.signal(SIGTERM);
    (void)process.wait();
    (void)process.closing_line();
  } catch (const std::runtime_error&) {
    lacks(
        "its last line on standard output, after SIGTERM, is not the closing statistics (JSON "
        "with \"event\": \"stopped\")",
        Level::server);
  }
}

}  // namespace

Trial try_out(const Target& target) {
  if (target.level == Level::wire)
    return {.kept = target, .refusal = "", .engine = "", .lacks = {}};
  return TrialRun(target).run();
}

}  // namespace iolab::conformance
