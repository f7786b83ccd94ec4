#pragma once

#include <sys/types.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "shared/net/unique_handle.hpp"
#include "tests/conformance/patience.hpp"

namespace iolab::conformance {

using Json = nlohmann::json;
using Words = std::vector<std::string>;

/// A value of a banner, or 0 and "" where it has none of that kind.
[[nodiscard]] std::uint32_t number_of(const Json& banner, const char* key);
[[nodiscard]] std::string text_of(const Json& banner, const char* key);

/// How a process ended, as a shell would say it: 0 to 255, or 128 + signal.
using ExitStatus = int;

/// In words: "ended with status 1", "died of SIGPIPE".
[[nodiscard]] std::string end_in_words(ExitStatus status);

/// The program does not listen: what() is what it did instead.
struct NotListening : std::runtime_error {
  using std::runtime_error::runtime_error;

  std::optional<ExitStatus> status;  ///< if it has ended
  std::string first_line;            ///< of its standard output
  std::string complaint;             ///< the last line of its standard error
};

/// A server program while it runs, and what it wrote. It leads a process group, which is killed
/// when this is destroyed; the program also when the test itself is killed.
class ServerProcess {
 public:
  /// `command` is the program and its arguments; `environment` adds NAME=VALUE settings.
  explicit ServerProcess(const Words& command, const Words& environment = {});
  ServerProcess(ServerProcess&& other) noexcept;
  ServerProcess& operator=(ServerProcess&&) = delete;
  ~ServerProcess();

  /// Waits for the line that says it is listening, the banner. Throws NotListening.
  void wait_until_listening();

  /// Waits until somebody listens on `port`; if there is none, until the process or a child of it
  /// listens on one, whichever that is. Throws NotListening.
  void wait_for_port(std::optional<std::uint16_t> port);

  /// The line that said it is listening, the port and the process in it. The process is another
  /// than the one started when that was a tracer. Null after wait_for_port().
  [[nodiscard]] const Json& banner() const { return banner_; }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] pid_t pid() const {
    const auto told = static_cast<pid_t>(number_of(banner_, "pid"));
    return told == 0 ? child_ : told;
  }

  /// Sends a signal to pid(), or to the whole group if there is no banner to tell which process
  /// of it is the server.
  void signal(int number) const;

  /// Its status if it has ended.
  [[nodiscard]] std::optional<ExitStatus> status();

  /// Waits for its end. Throws std::runtime_error if it does not come in time.
  [[nodiscard]] ExitStatus wait(std::chrono::nanoseconds within = patience);

  [[nodiscard]] std::string standard_output() const;
  [[nodiscard]] std::string standard_error() const;

  /// The last line of standard error, where errors are told.
  [[nodiscard]] std::string complaint() const;

  /// The last line of standard output: the closing statistics. Throws if it is not JSON.
  [[nodiscard]] Json closing_line() const;

 private:
  [[nodiscard]] NotListening what_it_did(const std::string& instead);

  pid_t child_ = -1;
  std::optional<ExitStatus> status_;
  UniqueHandle output_;  // files in memory: a pipe that nobody empties would stop the server
  UniqueHandle error_;
  Json banner_;
  std::uint16_t port_ = 0;
};

}  // namespace iolab::conformance
