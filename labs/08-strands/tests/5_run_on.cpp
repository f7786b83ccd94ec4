// Real threads, and no simulated kernel.
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>

#include "machine/story/lab_test.hpp"
#include "threaded_server.hpp"

namespace lab {
namespace {

using namespace std::chrono_literals;

// Long enough for a thread to begin on any machine: who has not come by then never will.
constexpr auto given_up_after = 5s;
constexpr unsigned threads = 4;

/// Where handlers wait until so many of them run at the same time.
class Gathering {
 public:
  bool all_come() {
    std::unique_lock lock(mutex_);
    come_.insert(std::this_thread::get_id());
    changed_.notify_all();
    return changed_.wait_for(lock, given_up_after, [this] { return come_.size() >= threads; });
  }
  [[nodiscard]] std::size_t come() const { return come_.size(); }
  [[nodiscard]] bool has(std::thread::id thread) const { return come_.contains(thread); }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<std::thread::id> come_;
};

/// Runs `handler` on all threads at once, after all have come.
void run_everywhere(asio::io_context& io, Gathering& gathering,
                    const std::function<void()>& handler) {
  for (unsigned i = 0; i < threads; ++i) {
    asio::post(io, [&gathering, &handler] {
      if (gathering.all_come()) handler();
    });
  }
  Story::current().step("run_on(io, 4), with 4 handlers that wait for each other");
  run_on(io, threads);
  expect_equal("threads that run handlers at the same time", threads, gathering.come());
}

LAB_TEST(RunOn, AllThreadsRun, "run-on") {
  asio::io_context io;
  Gathering gathering;
  run_everywhere(io, gathering, [] {});
  expect_that(gathering.has(std::this_thread::get_id()), "the caller's thread is one of the four",
              "it ran no handler, and four others did");
}

LAB_TEST(RunOn, OneThreadIsTheCallers, "run-on") {
  asio::io_context io;
  std::thread::id ran;
  asio::post(io, [&] { ran = std::this_thread::get_id(); });
  run_on(io, 1);
  expect_that(ran == std::this_thread::get_id(),
              "run_on(io, 1) runs handlers on its caller's thread", "another thread ran them");
}

/// A thread that has one takes a while to end.
struct SlowToEnd {
  explicit SlowToEnd(std::atomic<unsigned>& counter) : ended(counter) {}
  SlowToEnd(const SlowToEnd&) = delete;
  SlowToEnd& operator=(const SlowToEnd&) = delete;
  ~SlowToEnd() {
    std::this_thread::sleep_for(50ms);
    ++ended;
  }
  std::atomic<unsigned>& ended;
};

LAB_TEST(RunOn, NoThreadIsLeft, "run-on") {
  static std::atomic<unsigned> ended;
  ended = 0;
  asio::io_context io;
  Gathering gathering;
  const auto caller = std::this_thread::get_id();
  run_everywhere(io, gathering, [caller] {
    if (std::this_thread::get_id() != caller) thread_local const SlowToEnd slow(ended);
  });
  expect_equal("threads that have ended when run_on() returns", threads - 1, ended.load());
}

/// The message of what run_on() throws if the handler of one thread throws "no": the caller's, or
/// another.
std::string message_of(bool of_the_caller) {
  asio::io_context io;
  const auto others_stay = asio::make_work_guard(io);
  Gathering gathering;
  const auto caller = std::this_thread::get_id();
  std::atomic<bool> thrown{false};
  try {
    run_everywhere(io, gathering, [&] {
      const bool is_caller = std::this_thread::get_id() == caller;
      if (is_caller == of_the_caller && !thrown.exchange(true)) throw std::runtime_error("no");
    });
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "nothing";
}

LAB_TEST(RunOn, AnExceptionOnAnotherThreadReachesTheCaller, "exception") {
  expect_equal("thrown by run_on()", "no", message_of(false));
}

LAB_TEST(RunOn, AnExceptionOnTheCallersThreadStopsTheOthers, "exception") {
  expect_equal("thrown by run_on()", "no", message_of(true));
}

}  // namespace
}  // namespace lab
