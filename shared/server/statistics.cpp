#include "shared/server/statistics.hpp"

namespace iolab {

bool Statistics::admit(std::uint64_t most) noexcept {
  ++accepted_;
  if (++open_ <= most || most == 0) return true;
  shed();
  return false;
}

void Statistics::shed() noexcept {
  --open_;
  ++shed_;
}

void Statistics::closed(CloseReason reason, const Traffic& traffic) noexcept {
  --open_;
  ++closed_.at(static_cast<std::size_t>(reason));
  bytes_received_ += traffic.bytes_received;
  bytes_sent_ += traffic.bytes_sent;
  messages_ += traffic.messages;
}

Statistics::Snapshot Statistics::snapshot() const noexcept {
  Snapshot copy{.accepted = accepted_,
                .shed = shed_,
                .accept_paused = accept_paused_,
                .zero_copy_sends = zero_copy_sends_,
                .zero_copy_copied = zero_copy_copied_,
                .closed = {},
                .traffic = {bytes_received_, bytes_sent_, messages_}};
  for (std::size_t i = 0; i < close_reasons; ++i) copy.closed.at(i) = closed_.at(i);
  return copy;
}

}  // namespace iolab
