#include "experiments/loadgen/crew.hpp"

#include <exception>

namespace iolab::loadgen {

Crew::Crew(const RunOptions& options, std::span<const Endpoint> servers, const WirePattern& pattern,
           RunState& state)
    : state_(state), gate_(options.threads) {
  for (unsigned i = 0; i < options.threads; ++i) {
    workers_.push_back(std::make_unique<Worker>(options, servers, pattern, i, state));
  }
  for (std::size_t i = 1; i < workers_.size(); ++i) {
    threads_.emplace_back([this, i] { serve(*workers_[i]); });
  }
}

Crew::~Crew() {
  job_ = nullptr;
  gate_.arrive_and_wait();
}

void Crew::serve(Worker& worker) {
  for (;;) {
    gate_.arrive_and_wait();
    if (job_ == nullptr) return;
    work(worker);
    gate_.arrive_and_wait();
  }
}

void Crew::each(const std::function<void(Worker&)>& job) {
  job_ = &job;
  gate_.arrive_and_wait();
  work(*workers_.front());
  gate_.arrive_and_wait();
}

void Crew::work(Worker& worker) {
  try {
    (*job_)(worker);
  } catch (const std::exception& error) {
    state_.fail({std::nullopt, error.what()});
  }
}

Tally Crew::tally() const {
  Tally sum = workers_.front()->tally();
  for (std::size_t i = 1; i < workers_.size(); ++i) sum.merge(workers_[i]->tally());
  return sum;
}

std::size_t Crew::idle_closed(std::size_t target) const {
  std::size_t sum = 0;
  for (const auto& worker : workers_) sum += worker->idle_closed(target);
  return sum;
}

}  // namespace iolab::loadgen
