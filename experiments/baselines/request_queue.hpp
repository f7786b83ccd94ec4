#pragma once

#include <boost/intrusive/slist.hpp>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include "shared/buffers/chunk.hpp"
#include "shared/net/wake_up.hpp"

namespace iolab::half_sync_half_async {

class Connection;

/// What one read brought, on its way to a worker and back.
struct Request : boost::intrusive::slist_base_hook<> {
  Connection* connection = nullptr;
  ChunkPtr input;                  ///< goes back with the answer, if the session did not keep it
  std::size_t size = 0;            ///< bytes of it
  bool completed_message = false;  ///< the worker's answer, besides the reply
};

/// The queueing layer of Half-Sync/Half-Async. A request goes round: the front puts it; a worker
/// gets it, processes it and says done(); the front takes it back and frees it. Their number is
/// fixed, and with it the length of the queue: the front, which must never block, finds none
/// available instead.
class RequestQueue {
 public:
  using Requests = boost::intrusive::slist<Request, boost::intrusive::cache_last<true>>;
  static constexpr std::size_t capacity = 1024;

  // For the front, on one thread.

  [[nodiscard]] std::size_t available() const noexcept { return capacity - in_use_; }

  /// Gives the first `size` bytes of `input` to the workers, and with them the right to use the
  /// connection's conversation. A request must be available. Throws std::bad_alloc, having done
  /// nothing.
  void put(Connection& connection, ChunkPtr input, std::size_t size);

  /// The requests that workers are done with. Call when has_done() was notified.
  [[nodiscard]] Requests take_done();
  void free(Request& request) noexcept;
  [[nodiscard]] const WakeUp& has_done() const noexcept { return has_done_; }

  /// No more requests will come: workers end. Callable from any thread.
  void close();

  // For the workers, on many.

  /// Waits for a request; the oldest comes first. Null when closed.
  [[nodiscard]] Request* get();
  void done(Request& request);

 private:
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

}  // namespace iolab::half_sync_half_async
