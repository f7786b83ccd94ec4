#include "experiments/loadgen/pace/closed_loop.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>

namespace iolab::loadgen {
namespace {

// Replies are read between two batches. If all connections were started at once, the first replies
// would wait unread until thousands of requests had been sent.
constexpr std::size_t start_batch = 32;

}  // namespace

ClosedLoop::ClosedLoop(boost::asio::io_context& io, Connections& connections,
                       Nanoseconds deadline_ns, Nanoseconds timeout_ns, SliceCounts& counts)
    : io_(io),
      connections_(connections),
      deadline_ns_(deadline_ns),
      timeout_ns_(timeout_ns),
      counts_(counts),
      progress_ns_(now_ns()) {}

void ClosedLoop::start_some() {
  const std::size_t end = std::min(started_ + start_batch, connections_.size());
  for (; started_ < end; ++started_) {
    Connection& connection = *connections_[started_];
    const Nanoseconds now = now_ns();
    // It has no room if an earlier slice began to replace it: reconnected() starts it.
    if (const unsigned room = connection.room(); room > 0) connection.ask({now, now}, room);
  }
  if (started_ < connections_.size()) return boost::asio::post(io_, [this] { start_some(); });
  counts_.ramped_ns = now_ns();
}

void ClosedLoop::replied(Connection& connection, unsigned count, Nanoseconds now_ns) {
  for (unsigned i = 0; i < count; ++i) counts_.count_reply(connection.take(), now_ns);
  if (now_ns < deadline_ns_) {
    const unsigned room = std::min(count, connection.room());
    if (room > 0) connection.ask({now_ns, now_ns}, room);
  }
  if (connection.in_flight() > 0) return;
  if (connection.used_up()) return connection.replace();
  drained(now_ns);
}

void ClosedLoop::reconnected(Connection& connection, Nanoseconds now_ns) {
  if (now_ns >= deadline_ns_) return drained(now_ns);
  connection.ask({now_ns, now_ns}, connection.room());
}

void ClosedLoop::drained(Nanoseconds now_ns) {
  counts_.end_ns = now_ns;
  if (++drained_ < connections_.size()) return;
  // Other connections may have read more in the meantime. Nothing is in flight on them, so these
  // are bytes that were not asked for: handle them before the stop. In the next slice they would
  // be taken for replies to its requests.
  boost::asio::post(io_, [&io = io_] { io.stop(); });
}

std::optional<std::string> ClosedLoop::tick(Nanoseconds now_ns) {
  if (counts_.messages != seen_messages_) {
    seen_messages_ = counts_.messages;
    progress_ns_ = now_ns;
  }
  if (now_ns - progress_ns_ < timeout_ns_) return std::nullopt;
  const auto waiting = std::count_if(connections_.begin(), connections_.end(),
                                     [](const auto& each) { return each->in_flight() > 0; });
  return "no reply for " + std::to_string((now_ns - progress_ns_) / 1'000'000) + " ms on " +
         std::to_string(waiting) + " of " + std::to_string(connections_.size()) + " connections";
}

void ClosedLoop::wind_up(Nanoseconds now_ns) {
  deadline_ns_ = std::min(deadline_ns_, now_ns);
  timeout_ns_ = std::min<Nanoseconds>(timeout_ns_, 500'000'000);
}

}  // namespace iolab::loadgen
