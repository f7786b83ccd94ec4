#pragma once

#include <boost/intrusive/slist.hpp>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include "shared/net/wake_up.hpp"

namespace iolab {

class HalfAsyncConnection;

/// What one read brought, on its way to a worker and back.
struct Request : boost::intrusive::slist_base_hook<> {
  explicit Request(std::size_t read_size)
      : buffer(std::make_unique_for_overwrite<std::byte[]>(read_size)) {}

  std::unique_ptr<std::byte[]> buffer;
  std::size_t size = 0;  ///< bytes of the buffer that were received
  HalfAsyncConnection* connection = nullptr;
  bool completed_message = false;  ///< the worker's answer, besides the reply
};

/// The queueing layer of Half-Sync/Half-Async. A request goes round: the front borrows a free one,
/// fills it and puts it; a worker gets it, processes it and says done(); the front takes it back
/// and frees it. Their number is fixed, and with it the length of the queue and its memory: the
/// front, which must never block, finds none free instead.
class RequestQueue {
 public:
  using Requests = boost::intrusive::slist<Request, boost::intrusive::cache_last<true>>;
  static constexpr std::size_t capacity = 128;

  explicit RequestQueue(std::size_t read_size) : read_size_(read_size) {}

  // For the front, on one thread.

  /// Null if all are in use. Throws std::bad_alloc.
  [[nodiscard]] Request* borrow();
  void free(Request& request) noexcept;
  [[nodiscard]] std::size_t available() const noexcept { return capacity - in_use_; }

  /// Gives a request to the workers, and with it the right to use its connection's conversation.
  void put(Request& request);
  /// The requests that workers are done with. Call when has_done() was notified.
  [[nodiscard]] Requests take_done();
  [[nodiscard]] const WakeUp& has_done() const noexcept { return has_done_; }

  /// No more requests will come: workers end. Callable from any thread.
  void close();

  // For the workers, on many.

  /// Waits for a request; the oldest comes first. Null when closed.
  [[nodiscard]] Request* get();
  void done(Request& request);

 private:
  std::size_t read_size_;
  std::vector<std::unique_ptr<Request>> requests_;  // made so far
  Requests free_;
  std::size_t in_use_ = 0;

  std::mutex mutex_;  // guards the rest
  std::condition_variable not_empty_;
  Requests waiting_;
  Requests done_;
  bool closed_ = false;
  WakeUp has_done_;
};

}  // namespace iolab
