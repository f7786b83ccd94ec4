#include "experiments/loadgen/worker.hpp"

#include "experiments/loadgen/closed_loop.hpp"
#include "experiments/loadgen/interrupt.hpp"
#include "experiments/loadgen/local_address.hpp"
#include "experiments/loadgen/open_loop.hpp"
#include "shared/measure/cpu_usage.hpp"

namespace iolab::loadgen {
namespace {

constexpr std::chrono::milliseconds watch_every{20};

}  // namespace

// One thread only ever touches the io_context, so Asio need not lock.
Worker::Worker(const RunOptions& options, std::span<const Endpoint> servers,
               const WirePattern& pattern, std::size_t index, RunState& state)
    : options_(options),
      servers_(servers),
      index_(index),
      state_(state),
      io_(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE),
      timer_(io_),
      active_(servers.size()),
      idle_(servers.size()),
      idle_closed_(servers.size()) {
  for (std::size_t target = 0; target < servers.size(); ++target) add_connections(target, pattern);
}

void Worker::add_connections(std::size_t target, const WirePattern& pattern) {
  const std::size_t all = options_.connections + options_.idle;
  ConnectionEvents& events = *this;
  ReplyTaker& taker = *this;
  for (std::size_t number = index_; number < all; number += options_.threads) {
    const bool idle = number >= options_.connections;
    Connections& list = idle ? idle_[target] : active_[target];
    Connection::Settings settings;
    settings.server = servers_[target];
    settings.local = local_endpoint(number, options_.local_addresses, servers_[target]);
    settings.target = target;
    settings.number = number;
    settings.index = list.size();
    settings.idle = idle;
    settings.depth = idle ? 1 : options_.depth;
    settings.messages = idle ? 0 : options_.churn;
    settings.verify = options_.verify;
    settings.pattern_start = target * all + number;
    list.push_back(std::make_unique<Connection>(io_, events, taker, pattern, settings));
  }
}

void Worker::connect() {
  std::vector<Connection*> queue;
  for (const auto* group : {&active_, &idle_}) {
    for (const Connections& of_target : *group) {
      for (const auto& connection : of_target) queue.push_back(connection.get());
    }
  }
  if (state_.failed()) return;
  ramp_ = std::make_unique<ConnectRamp>(
      io_, std::move(queue), options_.connect_rate_per_s / options_.threads, options_.timeout_ns);
  begin_event_loop();
  ramp_->begin();
  io_.run();
  timer_.cancel();
  ramp_.reset();
}

void Worker::run(const Visit& visit) {
  tally_.clear();
  Connections& connections = (visit.greets ? idle_ : active_)[visit.target];
  if (state_.failed() || connections.empty()) return;
  const FairnessCount fairness(connections);
  visit_ = visit;
  load_ = make_load(visit, connections);
  for (const auto& connection : connections) connection->set_taker(*load_);
  const Nanoseconds cpu_before = thread_cpu_ns();
  begin_event_loop();
  load_->begin();
  io_.run();
  timer_.cancel();
  tally_.generator_cpu_ns = thread_cpu_ns() - cpu_before - tally_.generator_spin_ns;
  tally_.generator_busiest_ns = tally_.generator_cpu_ns;
  for (const auto& connection : connections) connection->set_taker(*this);
  if (tally_.series) tally_.intervals = tally_.series->finish();
  fairness.finish(tally_);
  load_.reset();
}

std::unique_ptr<Load> Worker::make_load(const Visit& visit, Connections& connections) {
  if (options_.interval_ns > 0) tally_.series.emplace(visit.begin_ns, options_.interval_ns);
  if (!visit.open) {
    return std::make_unique<ClosedLoop>(io_, connections, visit.deadline_ns, options_.timeout_ns,
                                        tally_);
  }
  tally_.open = true;
  const double share = static_cast<double>(connections.size()) / options_.connections;
  const double phase = static_cast<double>(index_) / options_.threads;
  const Arrivals arrivals(options_.arrivals, visit.open->rate_per_s * share, phase,
                          visit.open->seed + index_, visit.begin_ns, visit.deadline_ns);
  const OpenLoop::Plan plan{options_.depth, visit.begin_ns, options_.timeout_ns, options_.late_ns,
                            options_.spin_ns};
  return std::make_unique<OpenLoop>(io_, connections, plan, arrivals, tally_);
}

void Worker::begin_event_loop() {
  io_.restart();
  watch();
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
  if (ramp_) {
    if (interrupted()) return io_.stop();
    if (const auto why = ramp_->tick(now)) fail(ramp_->current_target(), *why);
  } else if (load_) {
    if (interrupted()) load_->wind_up(now);
    if (const auto why = load_->tick(now)) fail(visit_.target, *why);
  }
}

bool Worker::is_under_load(const Connection& connection) const {
  return load_ && connection.settings().target == visit_.target &&
         connection.settings().idle == visit_.greets;
}

void Worker::connected(Connection& connection, Nanoseconds took_ns, Nanoseconds now_ns) {
  if (ramp_) return ramp_->connected(now_ns);
  if (!is_under_load(connection)) return;
  tally_.connect.record(took_ns);
  load_->reconnected(connection, now_ns);
}

void Worker::replied(Connection& connection, unsigned count, Nanoseconds) {
  for (unsigned i = 0; i < count; ++i) static_cast<void>(connection.take());
}

void Worker::broken(Connection& connection, const std::string& why) {
  const auto& settings = connection.settings();
  if (settings.idle && !ramp_ && !is_under_load(connection)) {
    ++idle_closed_[settings.target];
    return;
  }
  fail(settings.target, "connection " + std::to_string(settings.number) + ": " + why);
}

void Worker::fail(std::size_t target, const std::string& what) {
  state_.fail({target, "target " + options_.targets[target].name + ": " + what});
  io_.stop();
}

}  // namespace iolab::loadgen
