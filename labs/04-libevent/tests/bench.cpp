#include "bench.hpp"

#include <signal.h>

#include <cstdlib>

namespace lab {
namespace {

using namespace std::chrono_literals;

// Memory that libevent holds, in blocks.
std::size_t blocks = 0;

void* count_and_allocate(std::size_t size) {
  ++blocks;
  return std::malloc(size);
}

void* count_and_reallocate(void* block, std::size_t size) {
  if (!block) ++blocks;
  return std::realloc(block, size);
}

void count_and_free(void* block) {
  if (block) --blocks;
  std::free(block);
}

}  // namespace

// libevent must be told before it allocates for the first time.
Bench::Bench(Factory factory, Protocol protocol)
    : factory_(factory),
      blocks_before_(
          (event_set_mem_functions(count_and_allocate, count_and_reallocate, count_and_free),
           blocks)),
      base_(event_base_new()),
      tick_(event_new(base_, -1, EV_PERSIST, on_tick, this)) {
  options.protocol = protocol;
  ::signal(SIGPIPE, SIG_DFL);  // an earlier test's server may have ignored it
}

Bench::~Bench() {
  destroy();
}

void Bench::destroy() {
  server_.reset();
  if (!base_) return;
  event_free(tick_);
  event_base_free(base_);
  base_ = nullptr;
}

void Bench::run(std::chrono::milliseconds patience) {
  kernel.run([&] {
    server_ = factory_(base_, kernel.listener(Mode::non_blocking), options);
    expect_that(server_ != nullptr, "the factory returns a server", "it returned null");
    last_tick_ = kernel.now() + patience;
    const timeval period{.tv_sec = 0, .tv_usec = 100'000};
    event_add(tick_, &period);
    event_base_dispatch(base_);
  });
}

void Bench::tick() {
  if (kernel.now() > last_tick_) event_del(tick_);  // what happens now needs no time
  const TimePoint now(kernel.now() + 1h);
  if (asked_to_drain_ && !draining_) {
    draining_ = true;
    Story::current().milestone("your drain() is called");
    server_->drain(now);
  }
  server_->tick(now);
  // After this turn: a bufferevent closes its descriptor later than it is freed.
  if (draining_ && server_->drained()) event_base_loopexit(base_, nullptr);
}

void Bench::end() {
  Story::current().step("your server is destroyed, then the event_base");
  destroy();
  kernel.expect_open(0, "every descriptor is closed");
  expect_equal("blocks of memory that libevent still holds", blocks_before_, blocks);
}

}  // namespace lab
