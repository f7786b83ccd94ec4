#include "shared/protocol/conversation.hpp"

#include <new>

namespace iolab {

bool Conversation::received(std::span<const std::byte> bytes) noexcept {
  traffic_.bytes_received += bytes.size();
  if (ending_) return false;
  try {
    const ProtocolResult result = session_->received(bytes);
    traffic_.messages += result.messages;
    if (result.error != ProtocolError::none) end(CloseReason::protocol_error);
    return result.messages > 0;
  } catch (const std::bad_alloc&) {
    end(CloseReason::io_error);
    failed_ = true;
    return false;
  }
}

void Conversation::sent(std::size_t n) noexcept {
  traffic_.bytes_sent += n;
  session_->sent(n);
}

void Conversation::end(CloseReason reason) noexcept {
  if (ending_ || input_ended_) return;
  ending_ = true;
  reason_ = reason;
}

}  // namespace iolab
