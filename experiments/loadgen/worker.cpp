#include "experiments/loadgen/worker.hpp"

#include "experiments/loadgen/closed_loop.hpp"
#include "experiments/loadgen/interrupt.hpp"
#include "shared/measure/cpu_usage.hpp"

namespace iolab {
namespace {

constexpr std::chrono::milliseconds watch_every{20};

}  // namespace

// One thread only ever touches the io_context, so Asio need not lock.
Worker::Worker(const RunOptions& options, std::span<const Endpoint> servers,
               const WirePattern& pattern, std::size_t index, RunState& state)
    : options_(options),
      servers_(servers),
      state_(state),
      io_(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE),
      timer_(io_),
      connections_(servers.size()) {
  ConnectionEvents& events = *this;
  for (std::size_t target = 0; target < servers.size(); ++target) {
    for (std::size_t number = index; number < options.connections; number += options.threads) {
      connections_[target].push_back(std::make_unique<Connection>(
          io_, events, pattern, Connection::Identity{target, number},
          target * options.connections + number, options.depth));
      connections_[target].back()->set_verification(options.verify);
    }
  }
}

void Worker::connect() {
  ramp_ = std::make_unique<ConnectRamp>(connections_, servers_);
  ramp_progress_ns_ = now_ns();
  ramp_->begin();
  drive();
  ramp_.reset();
}

void Worker::run_closed(std::size_t target, Nanoseconds deadline_ns) {
  tally_ = Tally{};
  const FairnessCount fairness(connections_[target]);
  load_ = std::make_unique<ClosedLoop>(io_, connections_[target], options_.depth, deadline_ns,
                                       options_.timeout_ns, tally_);
  load_target_ = target;
  const Nanoseconds cpu_before = thread_cpu_ns();
  load_->begin();
  drive();
  tally_.generator_cpu_ns = thread_cpu_ns() - cpu_before;
  fairness.finish(tally_);
  load_.reset();
}

void Worker::drive() {
  if (state_.failed()) return;
  io_.restart();
  watch();
  io_.run();
  timer_.cancel();
}

void Worker::watch() {
  timer_.expires_after(watch_every);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    tick();
    watch();
  });
}

void Worker::tick() {
  if (state_.failed()) return io_.stop();
  const Nanoseconds now = now_ns();
  if (ramp_) return tick_ramp(now);
  if (!load_) return;
  if (interrupted()) load_->wind_up(now);
  if (const auto why = load_->tick(now)) fail(load_target_, *why);
}

void Worker::tick_ramp(Nanoseconds now_ns) {
  if (interrupted()) return io_.stop();
  if (ramp_->up() != ramp_seen_up_) {
    ramp_seen_up_ = ramp_->up();
    ramp_progress_ns_ = now_ns;
  }
  if (now_ns - ramp_progress_ns_ >= options_.timeout_ns) {
    fail(ramp_->current_target(), "cannot connect: no answer");
  }
}

void Worker::connected(Connection&) {
  ramp_->connected();
  if (ramp_->done()) io_.stop();
}

void Worker::replied(Connection& connection, unsigned count, Nanoseconds now_ns) {
  load_->replied(connection, count, now_ns);
}

void Worker::broken(Connection& connection, const std::string& why) {
  const auto [target, number] = connection.identity();
  fail(target, "connection " + std::to_string(number) + ": " + why);
}

void Worker::fail(std::size_t target, const std::string& what) {
  state_.fail({target, "target " + options_.targets[target].name + ": " + what});
  io_.stop();
}

}  // namespace iolab
