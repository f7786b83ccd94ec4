#include "machine/kernel/kernel.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "machine/kernel/system_calls.hpp"
#include "machine/kernel/uring/uring.hpp"
#include "machine/story/story.hpp"

namespace lab {
namespace {

using std::chrono::nanoseconds;

// Ends a program that waits for ever, from inside its waiting call.
struct NothingMore {};

// Characters: of a hundred clients that wait the first ones tell enough.
constexpr std::size_t most_told_of_waiting = 200;

// A program whose loop wakes up now and then, as Asio's does every 5 minutes, waits for ever all
// the same.
constexpr nanoseconds patience = 1h;

}  // namespace

std::uint32_t Socket::ready() const {
  std::uint32_t events = 0;
  const bool ends = client_finished || receives_no_more;
  if (!incoming.empty() || ends || lost() || pending_error != 0) events |= EPOLLIN;
  if (room() > 0 || lost()) events |= EPOLLOUT;
  if (ends || lost()) events |= EPOLLRDHUP;
  if (pending_error != 0) events |= EPOLLERR;
  if (lost() || (ends && finished)) events |= EPOLLHUP;
  return events;
}

Kernel::Kernel() : random_(Story::current().seed()) {
  SystemCalls::take_charge(this);
}

Kernel::~Kernel() {
  SystemCalls::take_charge(nullptr);
}

int Kernel::listener(Mode mode) {
  auto made = std::make_shared<Listener>("the listener", mode == Mode::non_blocking);
  listener_ = made;
  return open(std::move(made));
}

Client& Kernel::make_client(const std::string& name) {
  // The constructor is the kernel's, so that no test makes a client without one.
  clients_.push_back(std::unique_ptr<Client>(new Client(*this, name)));
  Client& client = *clients_.back();
  sockets_.push_back(std::make_shared<Socket>(name + "'s connection", false, client, send_buffer_));
  client.socket_ = sockets_.back().get();
  return client;
}

Client& Kernel::client(const std::string& name) {
  Client& client = make_client(name);
  client.then(
      "for a listener", [this] { return !listener_.expired(); },
      [this, &client, socket = sockets_.back()] {
        Story::current().step(client.name() + " connects");
        const auto listener = listener_.lock();
        listener->waiting.push_back(socket);
        listener->edge();
      });
  return client;
}

Client& Kernel::connected(const std::string& name, Mode mode) {
  Client& client = make_client(name);
  client.socket_->non_blocking(mode == Mode::non_blocking);
  client.socket_->number = open(sockets_.back());
  Story::current().step(name + " is connected: descriptor " +
                        std::to_string(client.socket_->number));
  return client;
}

int Kernel::open(std::shared_ptr<Descriptor> descriptor) {
  int number = first_descriptor;
  while (descriptors_.contains(number)) ++number;
  closed_.erase(number);
  descriptors_.emplace(number, std::move(descriptor));
  return number;
}

void Kernel::fails(const std::string& family, int error, std::size_t times) {
  faults_.push_back({family, error, times});
}

Ending Kernel::run(const std::function<void()>& program) {
  running_ = true;
  Ending ending = Ending::returned;
  try {
    program();
  } catch (const NothingMore&) {
    ending = Ending::waiting;
  }
  running_ = false;
  settle();
  fail_unfinished_scripts(ending == Ending::returned ? "your program has returned"
                                                     : "your program waits");
  return ending;
}

void Kernel::settle() {
  while (act_once()) continue;
}

void Kernel::let_pass(nanoseconds time) {
  now_ += time;
  idle_calls_ = 0;
  Story::current().step(duration_text(time) + (time >= 2s ? " pass" : " passes"));
}

bool Kernel::everybody_is_done() const {
  return std::ranges::all_of(clients_, [](const auto& client) { return client->done(); });
}

bool Kernel::wait(const std::string& call, nanoseconds timeout,
                  const std::function<bool()>& holds) {
  const auto deadline = now_ + timeout;
  while (!holds()) {
    if (timeout == 0ns) return false;
    if (act_once()) continue;
    const auto alarm = next_alarm();
    // Whoever waits for a time after everybody has gone would do so for ever.
    if (!alarm && (timeout < 0ns || (running_ && everybody_is_done()))) nothing_will_happen(call);
    if (!alarm && running_ && now_ - last_progress_ > patience) nothing_will_happen(call);
    const auto until = timeout < 0ns || (alarm && *alarm < deadline) ? *alarm : deadline;
    if (until > now_) let_pass(until - now_);
    if (timeout > 0ns && now_ >= deadline && !(alarm && *alarm <= now_)) return holds();
  }
  return true;
}

std::optional<nanoseconds> Kernel::next_alarm() const {
  std::optional<nanoseconds> next;
  const auto consider = [&](nanoseconds time) { next = std::min(next.value_or(time), time); };
  for (const auto& client : clients_) {
    if (client->awake_at_ >= 0ns) consider(client->awake_at_);
  }
  for (const auto& [number, descriptor] : descriptors_) {
    if (const auto alarm = descriptor->next_alarm()) consider(*alarm);
  }
  return next;
}

void Kernel::nothing_will_happen(const std::string& call) {
  if (running_ && everybody_is_done()) throw NothingMore{};
  fail_unfinished_scripts("your program waits in " + call);
  Story::current().fail("your program goes on",
                        "it waits in " + call + ", where nothing will ever come");
  throw TestEnded{};
}

void Kernel::fail_unfinished_scripts(const std::string& what_the_program_does) const {
  std::string waiting;
  std::size_t others = 0;
  for (const auto& client : clients_) {
    if (client->done()) continue;
    if (waiting.size() > most_told_of_waiting) {
      ++others;
      continue;
    }
    waiting += (waiting.empty() ? "" : "; ") + client->name() + " waits " +
               client->script_.front().waits_for;
    if (client->received_.size() > client->checked_) {
      waiting +=
          " (so far: " + shown(std::string_view(client->received_).substr(client->checked_)) + ")";
    }
  }
  if (others > 0) waiting += "; and " + std::to_string(others) + " more clients wait";
  expect_that(waiting.empty(), "every client gets what it waits for",
              waiting + "; " + what_the_program_does);
}

bool Kernel::take_output(Client& client) {
  Socket& socket = *client.socket_;
  if (socket.outgoing.empty() || !socket.client_reads || socket.reset) return false;
  const std::string taken = std::exchange(socket.outgoing, "");
  Story::current().step(client.name() + " takes " + count_of(taken.size(), "byte") + ": " +
                        shown(taken));
  client.received_ += taken;
  socket.edge();
  return true;
}

bool Kernel::act_once() {
  // From another client each time, so that none is always the first.
  const std::size_t first =
      capricious_ && !clients_.empty() ? random_up_to(clients_.size()) - 1 : 0;
  for (std::size_t i = 0; i < clients_.size(); ++i) {
    Client& client = *clients_[(first + i) % clients_.size()];
    if (take_output(client)) {
      progress();
      return true;
    }
    if (client.done() || !client.script_.front().can_be_done()) continue;
    const auto step = std::move(client.script_.front());
    client.script_.pop_front();
    step.perform();
    progress();
    return true;
  }
  return false;
}

std::size_t Kernel::random_up_to(std::size_t most) {
  return 1 + random_() % most;
}

std::size_t Kernel::calls(const std::string& name) const {
  const auto found = calls_.find(name);
  return found == calls_.end() ? 0 : found->second;
}

std::uint32_t Kernel::ready(int descriptor) const {
  const auto found = descriptors_.find(descriptor);
  return found == descriptors_.end() ? 0 : found->second->ready();
}

std::string Kernel::user_of(std::span<const std::byte> memory) const {
  for (const auto& [number, descriptor] : descriptors_) {
    const auto* const ring = dynamic_cast<const Uring*>(descriptor.get());
    const UringRequest* const user = ring ? ring->in_flight_with(memory) : nullptr;
    if (user) return user->what;
  }
  return "";
}

bool Kernel::is_non_blocking(int descriptor) const {
  const auto found = descriptors_.find(descriptor);
  return found != descriptors_.end() && found->second->non_blocking();
}

void Kernel::expect_open(std::size_t number, const std::string& why) const {
  std::string open;
  for (const auto& [descriptor, behind] : descriptors_) {
    open += (open.empty() ? "" : ", ") + std::to_string(descriptor) + " (" + behind->name() + ")";
  }
  expect_that(descriptors_.size() == number, why, "open are: " + (open.empty() ? "none" : open));
}

std::string Kernel::label(int descriptor) const {
  const auto found = descriptors_.find(descriptor);
  return std::to_string(descriptor) +
         (found == descriptors_.end() ? "" : " (" + found->second->name() + ")");
}

}  // namespace lab
