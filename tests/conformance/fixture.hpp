#pragma once

#include <gtest/gtest.h>

#include <optional>

#include "tests/conformance/cases.hpp"
#include "tests/conformance/client.hpp"
#include "tests/conformance/process_facts.hpp"
#include "tests/conformance/server_process.hpp"
#include "tests/conformance/target.hpp"

namespace iolab::conformance {

/// One case: a server of its own, a canary connected to it, and clients that misbehave. After the
/// case the server must be alive, the canary must still get its echo and a new client too, if they
/// did before. On level full no descriptor may be left over; then the server must stop in order
/// with consistent statistics.
class Conformance : public testing::Test {
 protected:
  /// Starts the server and nothing else. A second call replaces it by another, the first being
  /// killed. Options that the target does not have are left out: see NEEDS.
  void launch(const Words& options = {}, const Words& environment = {});

  /// Kills the server, which leaves its port to the connections that are open, and starts it again
  /// with the same arguments.
  void launch_again();

  /// Also has a first client served, and a canary. Call first.
  void start(const Words& options = {}, const Words& environment = {});

  /// As start(), for limits that a canary would meet or disturb.
  void start_without_canary(const Words& options = {}, const Words& environment = {});

  [[nodiscard]] ServerProcess& server() { return *server_; }
  [[nodiscard]] pid_t pid() { return server_->pid(); }
  [[nodiscard]] Client connect() { return connect({}); }
  [[nodiscard]] Client connect(const Client::Options& options);

  /// Whatever comes until the server ends the stream, which the client has ended on its side.
  [[nodiscard]] static Rest receive_rest_after_finishing(Client& client);

  /// So many, or as many as the target serves at the same time.
  [[nodiscard]] std::vector<Client> connect_many(std::size_t count);

  /// Whether what a level adds is judged.
  [[nodiscard]] static bool judges(Level level) { return target().level >= level; }

  /// Says what the server does wrong where the case knows better than its CASE.
  static void mistake_is(const std::string& text) { RecordProperty("mistake", text); }

  /// One message of the target's protocol; its reply is the same bytes.
  [[nodiscard]] static Bytes message(std::size_t size = 68, std::uint32_t seed = 1);
  [[nodiscard]] static Bytes message_stream(std::size_t total, std::uint32_t seed = 1);
  [[nodiscard]] static bool is_framed() { return target().protocol == Protocol::framed; }

  /// Checks that the clients which left have left no descriptor. None may be connected any more.
  void expect_no_descriptor_left();

  /// Checks that too; then asks the server to stop and checks its end. Returns its statistics, null
  /// below level full. Done after every case that did not, on level full.
  Json stop();

  /// Expects that the program ends by itself with `status`, no banner and one line that says why:
  /// it has a match of the regular expression `why`.
  static void expect_refusal(ServerProcess process, ExitStatus status,
                             const std::string& why = ".{10}");

  /// Waits for the end of a server that was asked to stop, checks it, returns its statistics.
  Json wait_until_stopped();

  /// Lets the canary go, so that it does not keep a stopping server waiting.
  void release_canary() { canary_.reset(); }

  [[nodiscard]] std::size_t open_descriptors() { return descriptors(pid()).size(); }

  void TearDown() override;

 private:
  void run(const Words& options, const Words& environment, std::optional<std::uint16_t> port);
  void expect_still_serves();
  bool is_dead();
  testing::AssertionResult serves_a_new_client();

  std::optional<ServerProcess> server_;
  std::optional<Client> canary_;
  std::size_t baseline_ = 0;  // descriptors open in the server while nobody is connected
  int late_ = 0;              // connections that took a second or more
  bool is_crowd_ = false;     // more clients than a queue of connections holds
  bool served_ = false;       // a first client had its echo
  bool stopped_ = false;
};

}  // namespace iolab::conformance

/// Leaves the case out if the target lacks the option.
#define NEEDS(option) \
  if (!target().has(option)) GTEST_SKIP() << "it needs the option " option
