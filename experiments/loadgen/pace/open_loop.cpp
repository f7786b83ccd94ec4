#include "experiments/loadgen/pace/open_loop.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>

namespace iolab::loadgen {
namespace {

// A longer gap between two polls means that the thread was not running: not spinning either.
constexpr Nanoseconds longest_spin_step_ns = 10'000;

}  // namespace

OpenLoop::OpenLoop(boost::asio::io_context& io, Connections& connections, const Settings& settings,
                   const Arrivals& arrivals, SliceCounts& counts)
    : io_(io),
      connections_(connections),
      settings_(settings),
      arrivals_(arrivals),
      counts_(counts),
      watch_(settings.begin_ns, counts.stalls),
      timer_(io),
      slots_(connections.size() * settings.depth),
      parked_(connections.size()) {
  for (unsigned i = 0; i < settings.depth; ++i) {
    for (const auto& connection : connections) {
      // A request that timed out in an earlier slice still occupies its slot.
      if (connection->in_flight() + i < settings.depth) slots_.push(connection.get());
    }
  }
}

void OpenLoop::pace() {
  paces_ = false;
  if (finished_) return io_.stop();
  Nanoseconds now = now_ns();
  watch_.look(now);
  count_spinning(now);
  now = send_due(now);
  if (arrivals_.exhausted() && in_flight_ == 0 && now >= arrivals_.end_ns()) return finish(now);
  pace_later(now);
}

// With no slot free, or all sent and not yet answered, the next reply takes over.
void OpenLoop::pace_later(Nanoseconds now_ns) {
  if (paces_) return;
  const bool waits_for_reply =
      slots_.empty() || (arrivals_.exhausted() && now_ns >= arrivals_.end_ns());
  if (waits_for_reply && in_flight_ > 0) return watch_.wait();
  paces_ = true;
  const Nanoseconds wake_ns = arrivals_.next() - settings_.spin_ns;
  if (wake_ns <= now_ns) {
    spinning_since_ns_ = now_ns;
    boost::asio::post(io_, [this] { pace(); });
    return;
  }
  spinning_since_ns_ = 0;
  watch_.sleep_until(arrivals_.next());
  timer_.expires_at(to_time_point(wake_ns));
  timer_.async_wait([this](const boost::system::error_code&) { pace(); });
}

void OpenLoop::count_spinning(Nanoseconds now_ns) {
  const Nanoseconds step = now_ns - spinning_since_ns_;
  if (spinning_since_ns_ != 0 && events_ == seen_events_ && step <= longest_spin_step_ns) {
    counts_.generator_spin_ns += step;
  }
  seen_events_ = events_;
}

Nanoseconds OpenLoop::send_due(Nanoseconds now_ns) {
  while (arrivals_.next() <= now_ns && !arrivals_.exhausted() && !slots_.empty()) {
    Connection& connection = *slots_.pop();
    if (connection.room() == 0) {
      ++parked_[connection.settings().index];
      continue;
    }
    send(connection, now_ns);
    now_ns = iolab::now_ns();
    watch_.look(now_ns);
  }
  return now_ns;
}

void OpenLoop::send(Connection& connection, Nanoseconds now_ns) {
  const Nanoseconds intended_ns = arrivals_.next();
  arrivals_.pop();
  ++counts_.scheduled;
  ++events_;
  ++in_flight_;
  const Nanoseconds lag_ns = now_ns - intended_ns;
  if (counts_.counted(intended_ns)) counts_.send_lag.record(lag_ns);
  if (lag_ns > settings_.late_ns) ++counts_.late;
  connection.ask({intended_ns, now_ns});
}

void OpenLoop::replied(Connection& connection, unsigned count, Nanoseconds now_ns) {
  watch_.look(now_ns);
  for (unsigned i = 0; i < count; ++i) {
    const Request request = connection.take();
    // This request timed out in an earlier slice, which has counted it.
    if (request.sent_ns < settings_.begin_ns) continue;
    counts_.count_reply(request, now_ns);
    if (now_ns <= arrivals_.end_ns() + settings_.late_ns) ++counts_.in_time;
    --in_flight_;
  }
  events_ += count;
  for (unsigned i = 0; i < count; ++i) slots_.push(&connection);
  if (connection.used_up() && connection.in_flight() == 0) connection.replace();
  now_ns = send_due(now_ns);
  if (paces_) return;
  if (arrivals_.exhausted() && in_flight_ == 0 && now_ns >= arrivals_.end_ns())
    return finish(now_ns);
  pace_later(now_ns);
}

void OpenLoop::reconnected(Connection& connection, Nanoseconds now_ns) {
  unsigned& parked = parked_[connection.settings().index];
  for (; parked > 0; --parked) slots_.push(&connection);
  now_ns = send_due(now_ns);
  pace_later(now_ns);
}

std::optional<std::string> OpenLoop::tick(Nanoseconds now_ns) {
  if (now_ns >= arrivals_.end_ns() + settings_.timeout_ns) give_up(now_ns);
  return std::nullopt;
}

void OpenLoop::give_up(Nanoseconds now_ns) {
  for (; !arrivals_.exhausted(); arrivals_.pop()) {
    ++counts_.scheduled;
    ++counts_.skipped;
    counts_.count_response(arrivals_.next(), now_ns);
  }
  for (const auto& connection : connections_) {
    for (unsigned i = 0; i < connection->in_flight(); ++i) {
      const Request& request = connection->stream().waiting(i);
      if (request.sent_ns < settings_.begin_ns) continue;
      ++counts_.timed_out;
      counts_.count_response(request.intended_ns, now_ns);
    }
  }
  finish(now_ns);
}

// A posted or timed call of pace() may still be on its way, and it refers to this object. If the
// event loop stopped now, the object would be destroyed and the call would come later, to nothing.
// So that call stops the event loop itself.
void OpenLoop::finish(Nanoseconds now_ns) {
  finished_ = true;
  counts_.end_ns = now_ns;
  if (!paces_) return io_.stop();
  timer_.cancel();
}

void OpenLoop::wind_up(Nanoseconds now_ns) {
  if (finished_ || arrivals_.end_ns() <= now_ns) return;
  arrivals_.end_at(now_ns);
  settings_.timeout_ns = std::min<Nanoseconds>(settings_.timeout_ns, 500'000'000);
  if (paces_) {
    timer_.cancel();
  } else {
    pace();
  }
}

}  // namespace iolab::loadgen
