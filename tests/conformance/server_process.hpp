#pragma once

#include <sys/types.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "shared/net/unique_handle.hpp"
#include "tests/conformance/patience.hpp"

namespace iolab::conformance {

using Json = nlohmann::json;
using Words = std::vector<std::string>;

/// How a process ended, as a shell would say it: 0 to 255, or 128 + signal.
using ExitStatus = int;

/// A server program while it runs, and what it wrote. Killed when this is destroyed, or when the
/// test itself is killed.
class ServerProcess {
 public:
  /// `command` is the program and its arguments; `environment` adds NAME=VALUE settings.
  explicit ServerProcess(const Words& command, const Words& environment = {});
  ServerProcess(ServerProcess&& other) noexcept;
  ServerProcess& operator=(ServerProcess&&) = delete;
  ~ServerProcess();

  /// Waits for the line that says it is listening. Throws std::runtime_error, with what the
  /// program said instead, if there is none.
  void wait_until_listening();

  /// The line that said it is listening, the port and the process in it. The process is another
  /// than the one started when that was a tracer.
  [[nodiscard]] const Json& banner() const { return banner_; }
  [[nodiscard]] std::uint16_t port() const { return banner_.at("port"); }
  [[nodiscard]] pid_t pid() const {
    return banner_.is_null() ? child_ : banner_.at("pid").get<pid_t>();
  }

  void signal(int number) const;

  /// Its status if it has ended.
  [[nodiscard]] std::optional<ExitStatus> status();

  /// Waits for its end. Throws std::runtime_error if it does not come in time.
  [[nodiscard]] ExitStatus wait(std::chrono::nanoseconds within = patience);

  [[nodiscard]] std::string standard_output() const;
  [[nodiscard]] std::string standard_error() const;

  /// The last line of standard output: the closing statistics. Throws if it is not JSON.
  [[nodiscard]] Json closing_line() const;

 private:
  pid_t child_ = -1;
  std::optional<ExitStatus> status_;
  UniqueHandle output_;  // files in memory: a pipe that nobody empties would stop the server
  UniqueHandle error_;
  Json banner_;
};

}  // namespace iolab::conformance
