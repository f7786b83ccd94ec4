#include "tests/conformance/fixture.hpp"

#include <signal.h>

#include <algorithm>
#include <regex>

namespace iolab::conformance {

void Conformance::start_without_canary(const Words& options, const Words& environment) {
  server_.emplace(target().command(options), environment);
  server_->wait_until_listening();
  const std::size_t before = open_descriptors();
  Client first = connect();
  ASSERT_TRUE(echoes(first, message()));
  // Whatever a server opens with its first connection stays; the connection itself goes, if it has
  // a descriptor at all (io_uring has connections without).
  const std::size_t during = open_descriptors();
  baseline_ = during > before ? during - 1 : before;
}

void Conformance::start(const Words& options, const Words& environment) {
  start_without_canary(options, environment);
  canary_.emplace(connect());
  ASSERT_TRUE(echoes(*canary_, message()));
}

std::vector<Client> Conformance::connect_many(std::size_t count) {
  std::vector<Client> clients;
  count = std::min(count, target().most_clients);
  for (std::size_t i = 0; i < count; ++i) clients.push_back(connect());
  return clients;
}

Bytes Conformance::message(std::size_t size, std::uint32_t seed) {
  return conformance::message(target().protocol, size, seed);
}

Bytes Conformance::message_stream(std::size_t total, std::uint32_t seed) {
  return conformance::message_stream(target().protocol, total, seed);
}

Json Conformance::stop() {
  release_canary();
  EXPECT_TRUE(eventually([&] { return open_descriptors() <= baseline_; }))
      << open_descriptors() << " descriptors are open, " << baseline_ << " were before";
  server_->signal(SIGTERM);
  return wait_until_stopped();
}

void Conformance::expect_refusal(ServerProcess process, ExitStatus status, const std::string& why) {
  EXPECT_EQ(process.wait(), status);
  EXPECT_EQ(process.standard_output(), "");
  const std::string said = process.standard_error();
  EXPECT_EQ(std::ranges::count(said, '\n'), 1) << said;
  EXPECT_TRUE(std::regex_search(said, std::regex(why))) << said << " says nothing of " << why;
}

Json Conformance::wait_until_stopped() {
  stopped_ = true;
  EXPECT_EQ(server_->wait(), 0) << server_->standard_error();
  EXPECT_EQ(server_->standard_error(), "");
  Json statistics = server_->closing_line();
  std::uint64_t ended = statistics.at("shed");
  for (const auto& count : statistics.at("closed")) ended += count.get<std::uint64_t>();
  EXPECT_EQ(statistics.at("accepted"), ended)
      << "not every connection accepted has one end: " << statistics;
  return statistics;
}

void Conformance::TearDown() {
  if (!server_ || stopped_) return;
  if (const auto status = server_->status()) {
    FAIL() << "the server died with status " << *status << ": " << server_->standard_error();
  }
  if (canary_) {
    EXPECT_TRUE(echoes(*canary_, message(100, 2))) << "the canary";
  }
  Client fresh = connect();
  EXPECT_TRUE(echoes(fresh, message(100, 3))) << "a new client";
  fresh.close();
  stop();
}

}  // namespace iolab::conformance
