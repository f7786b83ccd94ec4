#pragma once

#include <cstring>
#include <functional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "event_handler.hpp"
#include "machine/story/story.hpp"

namespace lab {

inline std::string text(Events events) {
  switch (events) {
    case Events::none:
      return "nothing";
    case Events::read:
      return "read";
    case Events::write:
      return "write";
    case Events::read_write:
      return "read and write";
  }
  return "?";
}

/// A handler that tells the story when it is called, and then does what the test likes: it may be
/// destroyed by that.
class TestHandler final : public EventHandler {
 public:
  TestHandler(std::string name, int handle) : name_(std::move(name)), handle_(handle) {}

  [[nodiscard]] int handle() const override { return handle_; }

  void handle_event(Events ready) override {
    Story::current().step(name_ + "'s handler is called: " + text(ready));
    calls.push_back(ready);
    // A copy, since this handler may end inside.
    if (const auto action = does) action(ready);
  }

  [[nodiscard]] const std::string& name() const { return name_; }

  std::function<void(Events)> does;
  std::vector<Events> calls;

 private:
  std::string name_;
  int handle_;
};

/// "called for read, write" or "not called".
inline std::string calls_text(const TestHandler& handler) {
  if (handler.calls.empty()) return "not called";
  std::string all;
  for (const Events events : handler.calls)
    all += (all.empty() ? "called for " : ", then ") + text(events);
  return all;
}

/// Fails the test unless exactly these calls were made, in this order.
inline void expect_calls(const TestHandler& handler, const std::vector<Events>& expected) {
  TestHandler wanted(handler.name(), -1);
  wanted.calls = expected;
  expect_equal(handler.name() + "'s handler", calls_text(wanted), calls_text(handler));
}

/// Fails the test unless `action` throws a std::system_error of this code, such as ENOSPC.
inline void expect_error(const std::string& what, int expected,
                         const std::function<void()>& action) {
  std::string thrown = "nothing";
  try {
    action();
  } catch (const std::system_error& failure) {
    const char* const name = strerrorname_np(failure.code().value());
    thrown = name == nullptr ? failure.what() : name;
  }
  expect_equal(what + " throws", strerrorname_np(expected), thrown);
}

}  // namespace lab
