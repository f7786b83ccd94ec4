#include "machine/threads/racing_pool.hpp"

#include <linux/futex.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>

#include "machine/story/story.hpp"
#include "machine/threads/unseen.hpp"

namespace lab {
namespace {

// More than ever run at once: two tasks on the same thread are ordered, as far as the sanitizer can
// see, so a thread rests before it is used again.
constexpr std::size_t threads = 8;

constexpr timespec glance{0, 100'000'000};  // how long a signal may be kept back

// Straight to the system, where no sanitizer listens. False: a waiting thread has waited for long.
bool futex(std::atomic<int>& word, int operation, int value) {
  return ::syscall(SYS_futex, &word, operation, value, &glance, nullptr, 0) >= 0 ||
         errno != ETIMEDOUT;
}

// The thread sanitizer keeps a signal back until the thread that got it calls a function that the
// sanitizer knows. A test that takes too long ends with one, see report_file.cpp.
void handle_signals() {
  pthread_mutex_t any = PTHREAD_MUTEX_INITIALIZER;
  ::pthread_mutex_trylock(&any);
  ::pthread_mutex_unlock(&any);
}

}  // namespace

thread_local RacingPool::Worker* RacingPool::here = nullptr;

void Baton::give() {
  const Unseen unseen;
  here_.store(1, std::memory_order_release);
  futex(here_, FUTEX_WAKE_PRIVATE, 1);
}

void Baton::take() {
  const Unseen unseen;
  while (here_.exchange(0, std::memory_order_acquire) == 0) {
    if (!futex(here_, FUTEX_WAIT_PRIVATE, 0)) handle_signals();
  }
}

RacingPool::RacingPool() : random_(Story::current().seed()) {
  for (std::size_t i = 0; i < threads; ++i) {
    workers_.push_back(std::make_unique<Worker>());
    Worker& worker = *workers_.back();
    worker.pool = this;
    free_.push_back(&worker);
    worker.thread = std::thread([this, &worker] { work(worker); });
  }
}

RacingPool::~RacingPool() {
  finish();
  for (auto& worker : workers_) {
    worker->baton.give();
    worker->thread.join();
  }
}

void RacingPool::submit_task(std::unique_ptr<Task> task) {
  task->submitted.store(true, std::memory_order_release);
  const Unseen unseen;
  waiting_.push_back(std::move(task));
}

bool RacingPool::idle() const {
  return waiting_.empty() && free_.size() == workers_.size();
}

std::vector<RacingPool::Worker*> RacingPool::busy() const {
  std::vector<Worker*> found;
  for (const auto& worker : workers_) {
    if (worker->has_begun) found.push_back(worker.get());
  }
  return found;
}

bool RacingPool::flip() {
  return random_() % 2 == 0;
}

// Those who wait for others are tried too, since only they know when it is over.
bool RacingPool::go_on() {
  std::vector<Worker*> paused;
  {
    const Unseen unseen;
    paused = busy();
    std::ranges::shuffle(paused, random_);
  }
  const bool begins = !waiting_.empty() && !free_.empty();
  if (begins && (paused.empty() || flip())) return begin_one();
  for (Worker* worker : paused) {
    if (resume(*worker)) return true;
  }
  return begins && begin_one();
}

bool RacingPool::begin_one() {
  Worker* worker = nullptr;
  {
    const Unseen unseen;
    worker = free_.front();
    free_.pop_front();
    const auto chosen = waiting_.begin() + static_cast<std::ptrdiff_t>(random_() % waiting_.size());
    worker->task = std::move(*chosen);
    waiting_.erase(chosen);
    worker->has_begun = true;
    ++begun_;
    most_at_once_ = std::max(most_at_once_, workers_.size() - free_.size());
  }
  resume(*worker);
  return true;
}

/// False if it is still blocked.
bool RacingPool::resume(Worker& worker) {
  worker.baton.give();
  main_.take();
  if (worker.has_thrown.exchange(false)) {
    std::rethrow_exception(std::exchange(worker.thrown, nullptr));
  }
  const Unseen unseen;
  return !worker.is_blocked;
}

void RacingPool::work(Worker& worker) {
  here = &worker;
  for (;;) {
    worker.baton.take();
    std::unique_ptr<Task> task;
    {
      const Unseen unseen;
      task = std::move(worker.task);
    }
    if (!task) return;
    [[maybe_unused]] const bool after_submit = task->submitted.load(std::memory_order_acquire);
    try {
      task->run();
      task.reset();
    } catch (...) {
      worker.thrown = std::current_exception();
      worker.has_thrown = true;
    }
    {
      const Unseen unseen;
      worker.has_begun = false;
      free_.push_back(&worker);
    }
    main_.give();
  }
}

void RacingPool::yield(Worker& worker) {
  main_.give();
  worker.baton.take();
}

void RacingPool::pause() {
  if (!here) return;
  {
    const Unseen unseen;
    if (here->pool->ending_ || here->pool->flip()) return;
  }
  here->pool->yield(*here);
}

void RacingPool::wait_until(const std::function<bool()>& holds) {
  for (;;) {
    {
      const Unseen unseen;
      here->is_blocked = !holds();
      if (!here->is_blocked) return;
      if (here->pool->ending_) {
        here->is_blocked = false;
        throw TestEnded{};
      }
    }
    here->pool->yield(*here);
  }
}

void RacingPool::block_until(const std::function<bool()>& holds) noexcept {
  while (!holds()) {
    {
      const Unseen unseen;
      here->is_blocked = true;
    }
    here->pool->yield(*here);
  }
  const Unseen unseen;
  here->is_blocked = false;
}

bool RacingPool::runs_this_thread() {
  return here != nullptr;
}

void RacingPool::finish() {
  {
    const Unseen unseen;
    ending_ = true;
    waiting_.clear();
  }
  while (!busy().empty()) {
    try {
      if (go_on()) continue;
    } catch (const TestEnded&) {
      continue;  // of a task whose test has failed already
    }
    // No thread can be ended that waits for a mutex, so the whole program has to.
    Story::current().fail("every handler comes to its end",
                          "one waits for a mutex that is never unlocked");
    std::terminate();
  }
}

}  // namespace lab

// NOLINTBEGIN(bugprone-reserved-identifier, readability-identifier-naming)
extern "C" {
int __real_pthread_mutex_lock(pthread_mutex_t* mutex);
int __wrap_pthread_mutex_lock(pthread_mutex_t* mutex);

// Only one thread of a racing pool runs at a time: where it would wait, the one that it waits for
// must have its turn.
int __wrap_pthread_mutex_lock(pthread_mutex_t* mutex) {
  if (!lab::RacingPool::runs_this_thread()) return __real_pthread_mutex_lock(mutex);
  int result = ::pthread_mutex_trylock(mutex);
  if (result != EBUSY) return result;
  {
    const lab::Unseen unseen;
    lab::Story::current().milestone("a handler waits for a mutex that another one holds");
  }
  lab::RacingPool::block_until([&] {
    result = ::pthread_mutex_trylock(mutex);
    return result != EBUSY;
  });
  return result;
}
}
// NOLINTEND(bugprone-reserved-identifier, readability-identifier-naming)
