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
  explicit TrialRun(const Target& target) : target_(target) { trial_.level = target.level; }

  Trial run() {
    judge_help();
    judge_process();
    return trial_;
  }

 private:
  void lacks(std::string what, Level next) {
    trial_.lacks.push_back(std::move(what));
    trial_.level = std::min(trial_.level, next);
  }

  void judge_help();
  void judge_process();
  void judge_banner(const Json& banner);
  void judge_end(ServerProcess& process);

  const Target& target_;
  Trial trial_;
};

void TrialRun::judge_help() {
  const std::string help = help_of(target_);
  for (const auto& [level, options] : needed_options) {
    if (level > target_.level) continue;
    std::ranges::copy_if(options, std::back_inserter(trial_.lacking_options),
                         [&](const auto& one) { return help.find(one) == std::string::npos; });
  }
  if (trial_.lacking_options.empty()) return;
  lacks("its --help does not name " + list(trial_.lacking_options), Level::server);
}

void TrialRun::judge_process() {
  Target usable = target_;
  usable.lacking = trial_.lacking_options;
  try {
    ServerProcess process = usable.start();
    judge_banner(process.banner());
    if (trial_.level == Level::full) judge_end(process);
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
  trial_.engine = banner.value("engine", "");
  for (const auto& [level, keys] : needed_in_banner) {
    if (level > target_.level) continue;
    const Words missing = missing_keys(banner, keys);
    if (missing.empty()) continue;
    lacks("the banner lacks " + list(missing), level == Level::full ? Level::server : Level::wire);
  }
  if (banner.value("port", 0) == 0) lacks("the banner's `port` is 0", Level::wire);
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
  if (target.level == Level::wire) return {};
  return TrialRun(target).run();
}

bool offers(const std::string& option) {
  static const std::string text = help_of(target());
  return text.find(option) != std::string::npos;
}

}  // namespace iolab::conformance
