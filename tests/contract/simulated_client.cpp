#include "tests/contract/simulated_client.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <stdexcept>

#include "shared/net/sockets.hpp"

namespace iolab {

namespace {

constexpr SimulatedKernel::Time longest_pause = std::chrono::milliseconds(100);
constexpr SimulatedKernel::Time rest = std::chrono::seconds(1);

}  // namespace

void SimulatedClient::connect(Handle listener) {
  handle_.reset(kernel_.connect_to(listener, plan_.capacity));
  connected_ = true;
  pause_ = plan_.most_pause;
  began_ = kernel_.now();
  act();
}

bool SimulatedClient::accepted(Handle listener) const {
  if (!handle_) return false;
  const auto& waiting = kernel_.socket(listener).waiting;
  return std::ranges::find(waiting, kernel_.socket(handle_.get()).peer) == waiting.end();
}

void SimulatedClient::act() {
  if (!handle_) return;
  const std::size_t progress = sent_ + received_;
  check_outstanding();
  if (plan_.end == ClientPlan::End::abandon && kernel_.chance(5)) return close();
  if (kernel_.chance(70)) send_some();
  if (handle_ && plan_.reads && kernel_.chance(70)) receive_some();
  if (!handle_) return;
  // Ever longer while nothing happens, or waiting for a timeout would take a million actions.
  pause_ = sent_ + received_ > progress ? plan_.most_pause : std::min(2 * pause_, longest_pause);
  const bool rests = rests_ < plan_.rests && kernel_.chance(5);
  rests_ += rests ? 1 : 0;
  kernel_.after(rests ? rest : SimulatedKernel::Time(1 + kernel_.below(pause_.count())),
                [this] { act(); });
}

void SimulatedClient::send_some() {
  const std::size_t left = plan_.stream.size() - sent_;
  if (left > 0) {
    const std::size_t n = 1 + kernel_.below(left);
    const auto bytes = std::as_bytes(std::span(plan_.stream)).subspan(sent_, n);
    const IoResult result = send(handle_.get(), bytes);
    sent_ += result.bytes;
    if (result.status == IoStatus::failed) return end();
  } else if (plan_.end == ClientPlan::End::finish && !finished_) {
    finished_ = true;
    shutdown_send(handle_.get());
  }
}

void SimulatedClient::receive_some() {
  std::array<std::byte, 4096> buffer;
  const std::size_t wanted = kernel_.chance(50) ? buffer.size() : 1 + kernel_.below(64);
  const IoResult result = receive(handle_.get(), std::span(buffer).first(wanted));
  if (result.bytes > plan_.expected.size() - received_ ||
      std::memcmp(buffer.data(), plan_.expected.data() + received_, result.bytes) != 0) {
    throw std::logic_error("a client got bytes that it should not");
  }
  received_ += result.bytes;
  got_end_ = result.status == IoStatus::end;
  got_reset_ = result.status == IoStatus::failed;
  if (got_end_ || got_reset_) close();
}

void SimulatedClient::check_outstanding() {
  const SimulatedKernel::Socket& own = kernel_.socket(handle_.get());
  if (own.peer == invalid_handle || own.reset) return;
  const std::size_t taken = sent_ - kernel_.receivable(own.peer);
  const std::size_t given = received_ + own.inbox.size();
  if (taken > given && taken - given > plan_.most_outstanding) {
    throw std::logic_error("the server holds more than its limit");
  }
}

void SimulatedClient::end() {
  while (handle_ &&
         (kernel_.receivable(handle_.get()) > 0 || kernel_.socket(handle_.get()).end_arrived ||
          kernel_.socket(handle_.get()).reset)) {
    receive_some();
  }
  if (handle_) close();
}

void SimulatedClient::close() {
  ended_ = kernel_.socket(handle_.get()).end_arrival;
  last_arrival_ = kernel_.socket(handle_.get()).last_arrival;
  handle_.reset();
}

}  // namespace iolab
