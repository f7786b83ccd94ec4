#include "tests/contract/scenario.hpp"

#include <algorithm>
#include <numeric>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "shared/protocol/frame_decoder.hpp"

namespace iolab {
namespace {

using namespace std::chrono_literals;

constexpr auto longest_life = 600s;  // a simulation that lasts longer hangs

void require(bool condition, const char* what) {
  if (!condition) throw std::logic_error(what);
}

std::string frame(std::uint32_t claimed, const std::string& payload) {
  const auto header = encode_frame_header(claimed);
  return std::string(reinterpret_cast<const char*>(header.data()), header.size()) + payload;
}

template <class T>
T pick(SimulatedKernel& kernel, std::initializer_list<T> choices) {
  return choices.begin()[kernel.below(choices.size())];
}

std::string random_text(SimulatedKernel& kernel, std::size_t size) {
  std::string text(size, ' ');
  std::minstd_rand random(static_cast<std::uint32_t>(kernel.below(1U << 31)));
  for (char& c : text) c = static_cast<char>(random() >> 8);
  return text;
}

}  // namespace

SimulatedFaults Scenario::draw_faults(std::uint64_t seed) {
  std::mt19937_64 random(~seed);
  const auto any = [&](auto... choices) {
    const unsigned all[] = {static_cast<unsigned>(choices)...};
    return all[random() % sizeof...(choices)];
  };
  return {.short_percent = any(0, 30, 90),
          .error_percent = any(0, 0, 0, 2),
          .accept_error_percent = any(0, 0, 20),
          .most_delay = std::chrono::microseconds(any(0, 10, 1000))};
}

Scenario::Scenario(std::uint64_t seed)
    : kernel_(seed, draw_faults(seed)), stops_early_(kernel_.chance(50)) {
  draw_options();
  for (auto n = 1 + kernel_.below(5); n > 0; --n) draw_client();
  sent_before_stop_.resize(clients_.size());
}

void Scenario::draw_options() {
  options_.protocol.protocol = kernel_.chance(50) ? Protocol::echo : Protocol::framed;
  options_.protocol.max_frame = pick<std::uint32_t>(kernel_, {0, 10, 300, 5000, 50'000, 50'000});
  options_.output_limit = pick<std::size_t>(kernel_, {0, 0, 1, 100, 4096, 65'536, 65'536});
  options_.read_size = pick<std::size_t>(kernel_, {1, 7, 64, 1024, 4096, 16'384});
  options_.largest_read = pick<std::size_t>(kernel_, {1, 100, 5000, 32'768, 262'144, 262'144});
  options_.idle_timeout = pick<std::chrono::nanoseconds>(kernel_, {0ms, 0ms, 5ms, 500ms});
  options_.drain_timeout = pick<std::chrono::nanoseconds>(kernel_, {1ms, 60s, 60s});
  options_.max_connections = pick<std::uint64_t>(kernel_, {0, 0, 2});
}

void Scenario::draw_client() {
  ClientPlan plan;
  plan.capacity = pick<std::size_t>(kernel_, {16, 500, 65'536, 65'536, 65'536});
  // Long messages make reads grow, are taken over and queue up; but they must not take too long.
  const std::size_t largest_read = std::max(options_.read_size, options_.largest_read);
  const std::size_t at_once = std::min(plan.capacity, largest_read);
  const std::size_t longest = at_once < 64 ? 60 : at_once < 4096 ? 2000 : 50'000;
  for (auto n = kernel_.below(9); n > 0; --n) {
    const std::size_t most = std::min<std::size_t>(longest, options_.protocol.max_frame);
    const std::string payload = random_text(kernel_, kernel_.below(most + 1));
    plan.stream += frame(static_cast<std::uint32_t>(payload.size()), payload);
  }
  plan.expected = plan.stream;
  plan.end = pick(kernel_, {ClientPlan::End::finish, ClientPlan::End::finish,
                            ClientPlan::End::linger, ClientPlan::End::abandon});
  plan.reads = kernel_.chance(85);
  plan.most_pause = pick<std::chrono::nanoseconds>(kernel_, {1us, 50us, 1ms});
  plan.rests = pick(kernel_, {0U, 0U, 5U});
  if (options_.output_limit > 0 && kernel_.faults.error_percent == 0) {
    plan.most_outstanding =
        options_.output_limit + largest_read + options_.protocol.max_frame + frame_header_size;
  }
  append_lie(plan);
  clients_.push_back(std::make_unique<SimulatedClient>(kernel_, std::move(plan)));
}

// A frame cut short, in its header or in its payload, or one that claims to be too long, with bytes
// behind it.
void Scenario::append_lie(ClientPlan& plan) {
  const auto kind = kernel_.below(4);
  if (kind == 0)
    plan.stream += frame(options_.protocol.max_frame, "").substr(0, 1 + kernel_.below(3));
  if (kind == 1) {
    plan.stream += frame(options_.protocol.max_frame + 1, random_text(kernel_, kernel_.below(50)));
    plan.lies = options_.protocol.protocol == Protocol::framed;
    if (plan.lies) plan.most_outstanding = ~std::size_t{0};
  }
  if (kind == 2 && options_.protocol.max_frame > 0) {
    const auto payload = 1 + kernel_.below(options_.protocol.max_frame);
    const std::string whole = frame(static_cast<std::uint32_t>(payload),
                                    random_text(kernel_, std::min<std::size_t>(payload, 300)));
    plan.stream += whole.substr(0, whole.size() - 1);
  }
  if (options_.protocol.protocol == Protocol::echo) plan.expected = plan.stream;
}

void Scenario::run() {
  server_ = server_program.make(options_);
  const auto listener = static_cast<Handle>(server_->port());
  for (const auto& client : clients_) {
    kernel_.after(SimulatedKernel::Time(kernel_.below(2'000'000)),
                  [&client, listener] { client->connect(listener); });
  }
  if (stops_early_) {
    kernel_.after(SimulatedKernel::Time(kernel_.below(5'000'000)), [this] { stop(); });
  } else {
    kernel_.after(3ms, [this] { stop_when_all_have_ended(); });
  }
  kernel_.after(longest_life, [] { throw std::logic_error("the server hangs"); });
  server_->run();

  check_statistics();
  server_.reset();
  for (const auto& client : clients_) client->end();
  for (std::size_t i = 0; i < clients_.size(); ++i)
    check_client(*clients_[i], sent_before_stop_[i]);
  require(kernel_.open_handles() == 0, "a handle was left open");
}

// Some clients end only when the server does: stops it as soon as all others have ended.
void Scenario::stop_when_all_have_ended() {
  const bool waiting = std::ranges::any_of(clients_, [](const auto& client) {
    const bool waits = client->plan().end == ClientPlan::End::linger || !client->plan().reads;
    return !client->closed() && !waits;
  });
  if (!waiting || kernel_.now() > longest_life / 2) return stop();
  kernel_.after(10ms, [this] { stop_when_all_have_ended(); });
}

void Scenario::stop() {
  const auto listener = static_cast<Handle>(server_->port());
  for (std::size_t i = 0; i < clients_.size(); ++i) {
    clients_[i]->server_discards();
    if (clients_[i]->accepted(listener)) sent_before_stop_[i] = clients_[i]->sent();
  }
  stopped_at_ = kernel_.now();
  server_->stop();
}

// True if nothing but the clients' own doing may keep replies from them.
bool Scenario::is_kind() const {
  return kernel_.faults.error_percent == 0 && options_.idle_timeout == 0ns &&
         options_.drain_timeout >= 60s && options_.max_connections == 0;
}

std::size_t Scenario::reply_size(const SimulatedClient& client, std::size_t sent) const {
  if (options_.protocol.protocol == Protocol::echo) return sent;
  // The stream is whole frames, then perhaps a lie, and the replies are the frames themselves.
  const std::string& expected = client.plan().expected;
  std::size_t whole = 0;
  while (whole < expected.size()) {
    std::size_t payload = 0;
    for (std::size_t i = 0; i < frame_header_size; ++i) {
      payload = payload << 8 | static_cast<unsigned char>(expected[whole + i]);
    }
    if (whole + frame_header_size + payload > sent) break;
    whole += frame_header_size + payload;
  }
  return whole;
}

void Scenario::check_client(const SimulatedClient& client, std::size_t sent_before_stop) const {
  if (options_.idle_timeout > 0ns) check_idle(client);
  const ClientPlan& plan = client.plan();
  if (!is_kind() || plan.end == ClientPlan::End::abandon || !plan.reads) return;
  require(client.received() >= reply_size(client, sent_before_stop),
          "what had arrived before the stop was not answered");
  if (stops_early_ || plan.end != ClientPlan::End::finish) return;
  require(client.received() == plan.expected.size(), "a client did not get all replies");
  require(client.got_end(), "a client did not get the end");
}

// An end before the client's own and before the stop can only be the idle timeout's.
void Scenario::check_idle(const SimulatedClient& client) const {
  const auto [began, ended] = std::pair(client.began(), client.ended());
  if (!client.got_end() || client.finished() || (stopped_at_ && ended >= *stopped_at_)) return;
  if (client.plan().lies || kernel_.faults.error_percent > 0 || options_.max_connections > 0)
    return;
  const auto last_progress = std::max(began, client.last_arrival());
  // Of output that was taken this late the server had not heard yet when it looked.
  const bool too_late_to_know = ended - last_progress <= 4 * kernel_.faults.most_delay;
  require(ended - last_progress >= options_.idle_timeout || too_late_to_know,
          "a busy client was taken for an idle one");
  if (client.received() > 0) return;
  const auto slack = 4 * kernel_.faults.most_delay + 500ms;
  require(ended - began <= options_.idle_timeout * 5 / 4 + slack,
          "an idle client was kept too long");
}

void Scenario::check_statistics() const {
  const Statistics::Snapshot counts = server_->statistics().snapshot();
  const auto closed = std::accumulate(counts.closed.begin(), counts.closed.end(), std::uint64_t{0});
  require(counts.accepted == counts.shed + closed, "connections were lost or counted twice");
  if (options_.max_connections == 0) require(counts.shed == 0, "a connection was shed");
  const bool framed = options_.protocol.protocol == Protocol::framed;
  require(
      counts.traffic.messages * (framed ? frame_header_size : 1) <= counts.traffic.bytes_received,
      "messages were counted that never came");
  const bool all_read =
      std::ranges::all_of(clients_, [](const auto& c) { return c->plan().reads; });
  if (is_kind() && all_read) {
    const auto late = counts.closed.at(static_cast<std::size_t>(CloseReason::drain_timeout));
    require(late == 0, "a drain waited for its deadline, though every client listened");
  }
  if (kernel_.faults.error_percent > 0) return;
  std::uint64_t received = 0;
  for (const auto& client : clients_) received += client->received();
  require(counts.traffic.bytes_sent >= received, "more was received than the server has sent");
}

std::string Scenario::description() const {
  std::ostringstream text;
  text << (options_.protocol.protocol == Protocol::echo ? "echo" : "framed") << ", max frame "
       << options_.protocol.max_frame << ", output limit " << options_.output_limit
       << ", read size " << options_.read_size << " to " << options_.largest_read
       << ", idle timeout " << options_.idle_timeout / 1ms << " ms, drain timeout "
       << options_.drain_timeout / 1ms << " ms, at most " << options_.max_connections
       << " connections, short " << kernel_.faults.short_percent << " %, errors "
       << kernel_.faults.error_percent << " %, accept errors "
       << kernel_.faults.accept_error_percent << " %, delays up to "
       << kernel_.faults.most_delay / 1us << " us, " << clients_.size() << " clients, stop "
       << (stops_early_ ? "early" : "late");
  return text.str();
}

}  // namespace iolab
