#include "experiments/baselines/request_queue.hpp"

namespace iolab::half_sync_half_async {

void RequestQueue::put(Connection& connection, ChunkPtr input, std::size_t size) {
  if (free_.empty()) {
    requests_.push_back(std::make_unique<Request>());
    free_.push_front(*requests_.back());
  }
  Request& request = free_.front();
  request.connection = &connection;
  request.input = std::move(input);
  request.size = size;
  free_.pop_front();
  ++in_use_;
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(request);
  }
  not_empty_.notify_one();
}

// The last one used is the next one lent, as its memory is still in the cache.
void RequestQueue::free(Request& request) noexcept {
  request.input.reset();
  free_.push_front(request);
  --in_use_;
}

Request* RequestQueue::get() {
  std::unique_lock lock(mutex_);
  not_empty_.wait(lock, [this] { return closed_ || !waiting_.empty(); });
  if (waiting_.empty()) return nullptr;
  Request& request = waiting_.front();
  waiting_.pop_front();
  return &request;
}

// One notification for as many as are done before the front comes to take them.
void RequestQueue::done(Request& request) {
  bool was_empty;
  {
    const std::lock_guard lock(mutex_);
    was_empty = done_.empty();
    done_.push_back(request);
  }
  if (was_empty) has_done_.notify();
}

RequestQueue::Requests RequestQueue::take_done() {
  has_done_.clear();
  Requests done;
  const std::lock_guard lock(mutex_);
  done.swap(done_);
  return done;
}

void RequestQueue::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  not_empty_.notify_all();
}

}  // namespace iolab::half_sync_half_async
