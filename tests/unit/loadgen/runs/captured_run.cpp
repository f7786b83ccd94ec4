#include "tests/unit/loadgen/runs/captured_run.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <functional>
#include <memory>
#include <sstream>

#include "experiments/loadgen/commands/round_runner.hpp"
#include "experiments/loadgen/commands/search.hpp"

namespace iolab::loadgen {
namespace {

Outcome capture(const std::function<int(std::FILE*)>& job) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::tmpfile(), std::fclose);
  testing::internal::CaptureStderr();
  Outcome outcome;
  outcome.status = job(file.get());
  outcome.errors = testing::internal::GetCapturedStderr();
  std::rewind(file.get());
  std::string text;
  for (int c = std::fgetc(file.get()); c != EOF; c = std::fgetc(file.get()))
    text += static_cast<char>(c);
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    outcome.lines.push_back(nlohmann::json::parse(line));
  return outcome;
}

}  // namespace

std::vector<nlohmann::json> Outcome::of_kind(const std::string& kind) const {
  std::vector<nlohmann::json> found;
  for (const auto& line : lines) {
    if (line.at("kind") == kind) found.push_back(line);
  }
  return found;
}

nlohmann::json Outcome::summary(const std::string& target) const {
  for (const auto& line : of_kind("summary")) {
    if (line.at("target") == target) return line;
  }
  return {};
}

RunOptions short_run(std::uint16_t port) {
  RunOptions options;
  options.targets = {{"x", "127.0.0.1", std::to_string(port), std::nullopt}};
  options.connections = 10;
  options.slice_ns = 20'000'000;
  options.warmup_ns = 5'000'000;
  options.rounds = 3;
  return options;
}

Outcome run(const RunOptions& options) {
  return capture([&](std::FILE* file) { return RoundRunner(options, file).run(); });
}

Outcome run(const SearchOptions& options) {
  return capture([&](std::FILE* file) { return Search(options, file).run(); });
}

}  // namespace iolab::loadgen
