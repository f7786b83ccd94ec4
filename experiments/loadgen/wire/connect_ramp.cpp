#include "experiments/loadgen/wire/connect_ramp.hpp"

#include <algorithm>

namespace iolab::loadgen {
namespace {

constexpr std::size_t most_at_once = 64;

}  // namespace

ConnectRamp::ConnectRamp(boost::asio::io_context& io, std::vector<Connection*> queue,
                         double rate_per_s, Nanoseconds timeout_ns)
    : io_(io),
      queue_(std::move(queue)),
      rate_per_s_(rate_per_s),
      timeout_ns_(timeout_ns),
      timer_(io) {}

void ConnectRamp::begin() {
  begin_ns_ = progress_ns_ = now_ns();
  if (queue_.empty()) return io_.stop();
  start_some();
}

Nanoseconds ConnectRamp::due_ns(std::size_t i) const {
  if (rate_per_s_ <= 0) return begin_ns_;
  return begin_ns_ + static_cast<Nanoseconds>(static_cast<double>(i) * 1e9 / rate_per_s_);
}

void ConnectRamp::start_some() {
  while (started_ < queue_.size() && started_ - up_ < most_at_once) {
    if (due_ns(started_) > now_ns()) return start_later();
    queue_[started_++]->connect();
  }
}

void ConnectRamp::start_later() {
  waits_ = true;
  timer_.expires_at(to_time_point(due_ns(started_)));
  timer_.async_wait([this](const boost::system::error_code&) {
    waits_ = false;
    start_some();
  });
}

void ConnectRamp::connected(Nanoseconds now_ns) {
  progress_ns_ = now_ns;
  // The timer's handler refers to this object. While the timer waits, one connection is still to be
  // started, so up_ cannot reach the end and the object lives on until the handler has run.
  if (++up_ == queue_.size()) return io_.stop();
  if (!waits_) start_some();
}

std::optional<std::string> ConnectRamp::tick(Nanoseconds now_ns) const {
  const Nanoseconds since_ns = std::max(progress_ns_, due_ns(started_ == 0 ? 0 : started_ - 1));
  if (started_ == up_ || now_ns - since_ns < timeout_ns_) return std::nullopt;
  return "cannot connect: no answer for " + std::to_string((now_ns - since_ns) / 1'000'000) + " ms";
}

std::size_t ConnectRamp::current_target() const {
  return queue_[started_ == 0 ? 0 : started_ - 1]->settings().target;
}

}  // namespace iolab::loadgen
