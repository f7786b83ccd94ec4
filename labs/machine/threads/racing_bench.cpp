#include "machine/threads/racing_bench.hpp"

#include "machine/story/story.hpp"
#include "machine/threads/racing_executor.hpp"

namespace lab {

RacingBench::~RacingBench() {
  close();
}

Ending RacingBench::run(const std::function<void(tcp::acceptor&)>& begin) {
  return kernel.run([&] {
    pool_.emplace();
    io_.emplace();
    acceptor_.emplace(RacingExecutor(*io_, *pool_), tcp::v4(), kernel.listener(Mode::non_blocking));
    begin(*acceptor_);
    work();
  });
}

// The clients do all they can, and everything that is ready then is collected, before any handler
// begins or goes on.
void RacingBench::work() {
  for (;;) {
    kernel.settle();
    io_->restart();
    io_->poll();
    for (auto& what : std::exchange(posted_, {})) pool_->submit(std::move(what));
    if (pool_->go_on()) continue;
    io_->restart();
    if (io_->run_one() == 0 && pool_->idle()) return;
  }
}

void RacingBench::close() {
  pool_.reset();
  acceptor_.reset();
  io_.reset();
}

void RacingBench::end() {
  Story::current().milestone("the io_context is destroyed");
  close();
  kernel.expect_open(0, "every descriptor is closed");
}

}  // namespace lab
