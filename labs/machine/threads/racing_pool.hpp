#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <random>
#include <thread>
#include <utility>
#include <vector>

namespace lab {

/// The right to run. Whoever has given it away waits until it comes back; the thread sanitizer sees
/// no order in that.
class Baton {
 public:
  void give();
  void take();

 private:
  std::atomic<int> here_{0};
};

/// A pool of threads in which tasks race in a way that can be repeated: only one thread runs at a
/// time, the caller of go_on() or one of the pool's, and the seed decides which, and where it
/// pauses. Yet the pool puts no order between two tasks, as a real one puts none. So the thread
/// sanitizer reports each access to common memory that only luck has kept apart: what orders two
/// tasks for it is what would order them anywhere, that is their own locks and atomics, and
/// Asio's.
class RacingPool {
 public:
  RacingPool();
  RacingPool(const RacingPool&) = delete;
  RacingPool& operator=(const RacingPool&) = delete;
  /// Lets the tasks that have begun come to their end; drops the others.
  ~RacingPool();

  /// `what` will run on one of the threads. Called on any thread that runs.
  template <typename Function>
  void submit(Function what) {
    submit_task(std::make_unique<TaskOf<Function>>(std::move(what)));
  }

  /// Lets one task begin or go on, until it pauses or ends. False: there is none, or all that have
  /// begun are blocked. Throws what the task has thrown.
  bool go_on();
  [[nodiscard]] bool idle() const;

  /// Tasks that have begun so far.
  [[nodiscard]] std::size_t begun() const { return begun_; }
  /// The most of them that had begun and not ended at the same time.
  [[nodiscard]] std::size_t most_at_once() const { return most_at_once_; }

  /// Called by a task: here the others may have their turn. Elsewhere it does nothing.
  static void pause();
  /// Called by a task, which goes on when `holds`. Throws TestEnded if it never will.
  static void wait_until(const std::function<bool()>& holds);
  /// Called by a task: the same for what cannot throw, such as locking a mutex.
  static void block_until(const std::function<bool()>& holds) noexcept;
  [[nodiscard]] static bool runs_this_thread();

 private:
  struct Task {
    virtual ~Task() = default;
    virtual void run() = 0;
    std::atomic<bool> submitted{false};  // whoever submits comes before the task, visibly
  };
  template <typename Function>
  struct TaskOf final : Task {
    explicit TaskOf(Function function) : what(std::move(function)) {}
    void run() override { what(); }
    Function what;
  };
  struct Worker {
    RacingPool* pool;
    Baton baton;
    std::unique_ptr<Task> task;
    bool has_begun = false;
    bool is_blocked = false;
    std::exception_ptr thrown;
    std::atomic<bool> has_thrown{false};
    std::thread thread;
  };

  void submit_task(std::unique_ptr<Task> task);
  void work(Worker& worker);
  [[nodiscard]] std::vector<Worker*> busy() const;
  bool begin_one();
  bool resume(Worker& worker);
  void finish();
  void yield(Worker& worker);
  bool flip();

  static thread_local Worker* here;

  std::mt19937_64 random_;
  Baton main_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::deque<Worker*> free_;  // the one that has rested longest comes first
  std::vector<std::unique_ptr<Task>> waiting_;
  std::size_t begun_ = 0;
  std::size_t most_at_once_ = 0;
  bool ending_ = false;
};

}  // namespace lab
