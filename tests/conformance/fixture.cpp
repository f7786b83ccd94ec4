#include "tests/conformance/fixture.hpp"

#include <signal.h>
#include <sys/socket.h>

#include <algorithm>
#include <regex>

namespace iolab::conformance {
namespace {

std::string mistake_of_end(ExitStatus status) {
  if (status == 128 + SIGPIPE) {
    return "it dies of SIGPIPE: it wrote to a connection whose client was gone. Ignore that "
           "signal, or send with MSG_NOSIGNAL";
  }
  return status > 128 ? "it crashes: it " + end_in_words(status)
                      : "it ends by itself, with status " + std::to_string(status);
}

}  // namespace

void Conformance::launch(const Words& options, const Words& environment) {
  run(options, environment, {});
}

void Conformance::launch_again() {
  run({}, {}, server_->port());
}

void Conformance::run(const Words& options, const Words& environment,
                      std::optional<std::uint16_t> port) {
  server_.reset();
  try {
    server_.emplace(target().start(options, environment, port));
  } catch (const NotListening& error) {
    const std::string what = error.what();
    const bool in_use = what.find("ddress already in use") != std::string::npos;
    mistake_is(in_use ? "it cannot use its port again while connections of the server before it "
                        "linger there: set SO_REUSEADDR before bind()"
                      : what.substr(0, what.find(';')));
    throw;
  }
}

void Conformance::start_without_canary(const Words& options, const Words& environment) {
  launch(options, environment);
  const std::size_t before = judges(Level::server) ? open_descriptors() : 0;
  Client first = connect();
  ASSERT_TRUE(echoes(first, message()));
  served_ = true;
  if (!judges(Level::server)) return;
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

Client Conformance::connect(const Client::Options& options) {
  // What does not fit into the queue of connections is tried again by the system after a second.
  constexpr auto second_try = 900ms;
  constexpr int most_late = 3;
  const auto begin = Clock::now();
  Client client(server_->port(), options);
  const bool late = Clock::now() - begin >= second_try;
  if (late && !is_crowd_ && ++late_ > most_late) {
    mistake_is(
        "its clients wait to be accepted, since its queue of connections is short: call "
        "listen() with hundreds, such as SOMAXCONN");
    throw ClientError("expected a connection at once; seen " + std::to_string(late_) +
                      " that took a second or more");
  }
  return client;
}

Rest Conformance::receive_rest_after_finishing(Client& client) {
  try {
    return client.receive_rest();
  } catch (const ClientError&) {
    mistake_is(
        "it does not close its side when the client has finished sending (a read of 0 "
        "bytes)");
    throw;
  }
}

std::vector<Client> Conformance::connect_many(std::size_t count) {
  std::vector<Client> clients;
  count = std::min(count, target().most_clients);
  is_crowd_ = count > SOMAXCONN;
  for (std::size_t i = 0; i < count; ++i) clients.push_back(connect());
  return clients;
}

Bytes Conformance::message(std::size_t size, std::uint32_t seed) {
  return conformance::message(target().protocol, size, seed);
}

Bytes Conformance::message_stream(std::size_t total, std::uint32_t seed) {
  return conformance::message_stream(target().protocol, total, seed);
}

void Conformance::expect_no_descriptor_left() {
  release_canary();
  if (!served_) return;  // then nobody knows how many were open before
  if (eventually([&] { return open_descriptors() <= baseline_; })) return;
  mistake_is("it leaks descriptors: it does not close the connections of clients that are gone");
  ADD_FAILURE() << "expected " << baseline_ << " open descriptors; seen " << open_descriptors();
}

Json Conformance::stop() {
  expect_no_descriptor_left();
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
  try {
    if (const ExitStatus status = server_->wait(); status != 0) {
      mistake_is("it does not end in order (status 0) when SIGTERM or SIGINT asks it to");
      ADD_FAILURE() << "expected status 0; seen: it " << end_in_words(status);
    }
  } catch (const std::runtime_error&) {
    mistake_is("it does not end when SIGTERM or SIGINT asks it to");
    throw;
  }
  if (!judges(Level::full)) return {};
  EXPECT_EQ(server_->standard_error(), "");
  Json statistics = server_->closing_line();
  std::uint64_t ended = statistics.at("shed");
  for (const auto& count : statistics.at("closed")) ended += count.get<std::uint64_t>();
  EXPECT_EQ(statistics.at("accepted"), ended)
      << "not every connection accepted has one end: " << statistics;
  return statistics;
}

bool Conformance::is_dead() {
  // What the clients saw of a death comes before the system tells of it.
  const auto grace = HasFailure() ? 200ms : 0ms;
  if (!eventually([&] { return server_->status().has_value(); }, grace)) return false;
  const ExitStatus status = *server_->status();
  mistake_is(mistake_of_end(status));
  ADD_FAILURE() << "expected the server to go on; seen: it " << end_in_words(status);
  return true;
}

testing::AssertionResult Conformance::serves_a_new_client() {
  try {
    Client fresh = connect();
    return echoes(fresh, message(100, 3));
  } catch (const ClientError& error) {
    return testing::AssertionFailure() << error.what();
  }
}

// What goes wrong only now is not what the case is about.
void Conformance::expect_still_serves() {
  if (is_dead() || !served_) return;
  const bool was_well = !HasFailure();
  if (canary_) {
    const auto quiet = echoes(*canary_, message(100, 2));
    EXPECT_TRUE(quiet) << "a client that had said nothing meanwhile";
    if (!quiet && was_well) mistake_is("it neglects or ends a quiet client while others misbehave");
  }
  const auto fresh = serves_a_new_client();
  EXPECT_TRUE(fresh) << "a new client afterwards";
  if (!fresh && was_well) {
    mistake_is(
        "it does not serve a new client, or sends it what was meant for one before: clear "
        "what is kept of a connection when it ends");
  }
  if (HasFailure()) (void)is_dead();
}

void Conformance::TearDown() {
  if (!server_) return;
  if (!stopped_) expect_still_serves();
  if (!stopped_ && !HasFailure() && judges(Level::full)) stop();
  if (HasFailure()) RecordProperty("last_words", server_->complaint());
}

}  // namespace iolab::conformance
