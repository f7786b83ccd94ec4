#include "experiments/loadgen/closed_loop.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>

namespace iolab {
namespace {

// Between two batches replies are read, lest thousands of connections delay the first replies.
constexpr std::size_t start_batch = 32;

}  // namespace

ClosedLoop::ClosedLoop(boost::asio::io_context& io, Connections& connections, unsigned depth,
                       Nanoseconds deadline_ns, Nanoseconds timeout_ns, Tally& tally)
    : io_(io),
      connections_(connections),
      depth_(depth),
      deadline_ns_(deadline_ns),
      timeout_ns_(timeout_ns),
      tally_(tally),
      progress_ns_(now_ns()) {}

void ClosedLoop::start_some() {
  const std::size_t end = std::min(started_ + start_batch, connections_.size());
  while (started_ < end) {
    const Nanoseconds now = now_ns();
    connections_[started_++]->ask({now, now}, depth_);
  }
  if (started_ < connections_.size()) boost::asio::post(io_, [this] { start_some(); });
}

void ClosedLoop::replied(Connection& connection, unsigned count, Nanoseconds now_ns) {
  for (unsigned i = 0; i < count; ++i) tally_.service.record(now_ns - connection.take().sent_ns);
  tally_.messages += count;
  if (now_ns < deadline_ns_) {
    connection.ask({now_ns, now_ns}, count);
  } else if (connection.in_flight() == 0) {
    tally_.last_reply_ns = now_ns;
    if (++drained_ == connections_.size()) io_.stop();
  }
}

std::optional<std::string> ClosedLoop::tick(Nanoseconds now_ns) {
  if (tally_.messages != seen_messages_) {
    seen_messages_ = tally_.messages;
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

}  // namespace iolab
