#pragma once

#include <cerrno>
#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "machine/kernel/kernel.hpp"
#include "machine/story/story.hpp"
#include "reactor.hpp"
#include "test_handler.hpp"

namespace lab {

/// A Demultiplexer that finds what the test says. It fails the test if the Reactor breaks one of
/// its promises. Handlers that are no TestHandler are the Reactor's own.
class ScriptedDemultiplexer final : public Demultiplexer {
 public:
  void add(int handle, EventHandler& handler, Events interest) override;
  void change(int handle, EventHandler& handler, Events interest) override;
  void remove(int handle) noexcept override;
  [[nodiscard]] std::span<Ready> wait(std::chrono::milliseconds timeout) override;

  /// A wait() finds this; one for which nothing was prepared finds nothing.
  void next_wait_finds(std::vector<std::pair<TestHandler*, Events>> found);

  /// The next add(), change() or wait() throws this error.
  void next_call_fails(int error) { error_ = error; }

  struct Watched {
    std::string name;
    Events interest;
  };
  /// By handle, without the Reactor's own.
  std::map<int, Watched> watched;
  /// Handles that the Reactor watches for itself.
  std::vector<int> own_handles;
  std::vector<std::chrono::milliseconds> timeouts;
  int changes = 0;

 private:
  void fail_if_wanted(const std::string& call);
  [[nodiscard]] bool is_own(int handle) const;

  std::deque<std::vector<Ready>> script_;
  std::vector<Ready> found_;
  int error_ = 0;
};

/// A Reactor of the student's on a ScriptedDemultiplexer.
struct Scene {
  Scene();

  void registers(TestHandler& handler, Events interest);
  void changes(TestHandler& handler, Events interest);
  void removes(TestHandler& handler);

  /// One turn, in which the demultiplexer finds this.
  std::size_t turn(std::vector<std::pair<TestHandler*, Events>> found);

  Kernel kernel;
  ScriptedDemultiplexer* demultiplexer;  // the Reactor's
  std::unique_ptr<Reactor> reactor;
};

}  // namespace lab
