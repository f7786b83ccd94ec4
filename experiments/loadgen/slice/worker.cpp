#include "experiments/loadgen/slice/worker.hpp"

#include "experiments/loadgen/pace/closed_loop.hpp"
#include "experiments/loadgen/pace/open_loop.hpp"
#include "experiments/loadgen/slice/replies_per_connection.hpp"
#include "experiments/loadgen/system/interrupt.hpp"
#include "experiments/loadgen/wire/local_address.hpp"
#include "shared/measure/cpu_usage.hpp"

namespace iolab::loadgen {
namespace {

constexpr std::chrono::milliseconds watch_every{20};

}  // namespace

// One thread only ever touches the io_context, so Asio need not lock.
Worker::Worker(const RunOptions& options, std::span<const Endpoint> servers,
               const WirePattern& pattern, std::size_t index, FirstFailure& first_failure)
    : options_(options),
      servers_(servers),
      index_(index),
      first_failure_(first_failure),
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
  ReplyHandler& reply_handler = *this;
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
    list.push_back(std::make_unique<Connection>(io_, events, reply_handler, pattern, settings));
  }
}

void Worker::connect() {
  std::vector<Connection*> queue;
  for (const auto* group : {&active_, &idle_}) {
    for (const Connections& of_target : *group) {
      for (const auto& connection : of_target) queue.push_back(connection.get());
    }
  }
  if (first_failure_.failed()) return;
  ramp_ = std::make_unique<ConnectRamp>(
      io_, std::move(queue), options_.connect_rate_per_s / options_.threads, options_.timeout_ns);
  begin_event_loop();
  ramp_->begin();
  io_.run();
  timer_.cancel();
  ramp_.reset();
}

void Worker::run(const SlicePlan& plan) {
  counts_.clear();
  Connections& connections = (plan.greets ? idle_ : active_)[plan.target];
  if (first_failure_.failed() || connections.empty()) return;
  const RepliesPerConnection fairness(connections);
  plan_ = plan;
  pacing_ = make_pacing(plan, connections);
  for (const auto& connection : connections) connection->set_reply_handler(*pacing_);
  const Nanoseconds cpu_before = thread_cpu_ns();
  begin_event_loop();
  pacing_->begin();
  io_.run();
  timer_.cancel();
  counts_.generator_cpu_ns = thread_cpu_ns() - cpu_before - counts_.generator_spin_ns;
  counts_.generator_busiest_ns = counts_.generator_cpu_ns;
  for (const auto& connection : connections) {
    connection->set_reply_handler(*this);
    connection->rest();
  }
  if (counts_.series) counts_.intervals = counts_.series->finish();
  fairness.finish(counts_);
  pacing_.reset();
}

std::unique_ptr<Pacing> Worker::make_pacing(const SlicePlan& plan, Connections& connections) {
  if (options_.interval_ns > 0) counts_.series.emplace(plan.begin_ns, options_.interval_ns);
  if (!plan.offered_load) {
    return std::make_unique<ClosedLoop>(io_, connections, plan.deadline_ns, options_.timeout_ns,
                                        counts_);
  }
  counts_.open = true;
  const double share = static_cast<double>(connections.size()) / options_.connections;
  const double phase = static_cast<double>(index_) / options_.threads;
  const Arrivals arrivals(options_.arrivals, plan.offered_load->rate_per_s * share, phase,
                          plan.offered_load->seed + index_, plan.begin_ns, plan.deadline_ns);
  counts_.counted_from_ns = plan.begin_ns + options_.lead_in_ns;
  const OpenLoop::Settings settings{options_.depth, plan.begin_ns, options_.timeout_ns,
                                    options_.late_ns, options_.spin_ns};
  return std::make_unique<OpenLoop>(io_, connections, settings, arrivals, counts_);
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
  if (first_failure_.failed()) return io_.stop();
  const Nanoseconds now = now_ns();
  if (ramp_) {
    if (interrupted()) return io_.stop();
    if (const auto why = ramp_->tick(now)) fail(ramp_->current_target(), *why);
  } else if (pacing_) {
    if (interrupted()) pacing_->wind_up(now);
    if (const auto why = pacing_->tick(now)) fail(plan_.target, *why);
  }
}

bool Worker::is_under_load(const Connection& connection) const {
  return pacing_ && connection.settings().target == plan_.target &&
         connection.settings().idle == plan_.greets;
}

void Worker::connected(Connection& connection, Nanoseconds took_ns, Nanoseconds now_ns) {
  if (ramp_) return ramp_->connected(now_ns);
  if (!is_under_load(connection)) return;
  counts_.connect.record(took_ns);
  pacing_->reconnected(connection, now_ns);
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
  fail(settings.target, "connection " + std::to_string(settings.number) + ": " + why,
       !connection.stream().complaint().empty());
}

void Worker::fail(std::size_t target, const std::string& what, bool wrong_reply) {
  first_failure_.fail(
      {target, "target " + options_.targets[target].name + ": " + what, wrong_reply});
  io_.stop();
}

}  // namespace iolab::loadgen
