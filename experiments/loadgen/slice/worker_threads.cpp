#include "experiments/loadgen/slice/worker_threads.hpp"

#include <exception>

namespace iolab::loadgen {

WorkerThreads::WorkerThreads(const RunOptions& options, std::span<const Endpoint> servers,
                             const WirePattern& pattern, FirstFailure& first_failure)
    : first_failure_(first_failure), gate_(options.threads) {
  for (unsigned i = 0; i < options.threads; ++i) {
    workers_.push_back(std::make_unique<Worker>(options, servers, pattern, i, first_failure));
  }
  for (std::size_t i = 1; i < workers_.size(); ++i) {
    threads_.emplace_back([this, i] { serve(*workers_[i]); });
  }
}

WorkerThreads::~WorkerThreads() {
  job_ = nullptr;
  gate_.arrive_and_wait();
}

void WorkerThreads::serve(Worker& worker) {
  for (;;) {
    gate_.arrive_and_wait();
    if (job_ == nullptr) return;
    work(worker);
    gate_.arrive_and_wait();
  }
}

void WorkerThreads::each(const std::function<void(Worker&)>& job) {
  job_ = &job;
  gate_.arrive_and_wait();
  work(*workers_.front());
  gate_.arrive_and_wait();
}

void WorkerThreads::work(Worker& worker) {
  try {
    (*job_)(worker);
  } catch (const std::exception& error) {
    first_failure_.fail({std::nullopt, error.what()});
  }
}

void WorkerThreads::add_up(SliceCounts& sum) const {
  sum.clear();
  for (const auto& worker : workers_) sum.merge(worker->counts());
}

std::size_t WorkerThreads::idle_closed(std::size_t target) const {
  std::size_t sum = 0;
  for (const auto& worker : workers_) sum += worker->idle_closed(target);
  return sum;
}

}  // namespace iolab::loadgen
