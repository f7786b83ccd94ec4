#pragma once

#include <memory>
#include <string>

#include "machine/kernel/kernel.hpp"
#include "machine/story/lab_test.hpp"
#include "machine/wire.hpp"
#include "server.hpp"

/// Files here are named after the steps that they belong to: what 1-7_conversation_test.cpp says is
/// promised in every step. That one test can run all steps is the bench's doing: it is there twice.
namespace lab {

/// The student's server, of whatever step, and its clients on the simulated kernel.
class Bench {
 public:
  explicit Bench(Protocol protocol);
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;
  ~Bench();

  [[nodiscard]] Kernel& kernel();
  [[nodiscard]] ServerOptions& options();

  /// Steps 1 to 3 converse with one client after the other, in the order in which they are made
  /// here; from step 4 on they connect.
  Client& client(const std::string& name);

  /// Serves until every script is done. Then no connection may be open: the last step of each
  /// client ends its conversation.
  void run();

 private:
  class Setting;
  std::unique_ptr<Setting> setting_;
};

}  // namespace lab
