#include "shared/protocol/conversation.hpp"

#include <new>

#include "shared/buffers/chunk_pool.hpp"

namespace iolab {
namespace {

constexpr std::uint8_t patience = 16;  // small reads

}  // namespace

bool Conversation::make_room(ChunkPtr& chunk) const noexcept {
  if (chunk && chunk->capacity == read_size()) return true;
  try {
    chunk = ChunkPool::of_this_thread().borrow(read_size());
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  }
}

bool Conversation::received(ChunkPtr& input, std::size_t size) noexcept {
  traffic_.bytes_received += size;
  adapt_read_size(size);  // also while input is thrown away: there may be much of it
  if (ending_) return false;
  try {
    const ProtocolResult result = session_->received(input, size);
    traffic_.messages += result.messages;
    if (result.error != ProtocolError::none) end(CloseReason::protocol_error);
    return result.messages > 0;
  } catch (const std::bad_alloc&) {
    end(CloseReason::io_error);
    failed_ = true;
    return false;
  }
}

// Grows at once, since every read that is too small costs a system call, and shrinks after a while,
// since the end of a large message is mostly a small read.
void Conversation::adapt_read_size(std::size_t received) noexcept {
  const std::size_t room = read_size();
  if (received >= room) {
    if (room < limits_->largest_read) ++growth_steps_;
    small_reads_ = 0;
  } else if (received >= room >> growth_bits) {
    small_reads_ = 0;
  } else if (growth_steps_ > 0 && ++small_reads_ == patience) {
    --growth_steps_;
    small_reads_ = 0;
  }
}

void Conversation::sent(std::size_t n, ChunkPtr* kept) noexcept {
  traffic_.bytes_sent += n;
  session_->sent(n, kept);
}

void Conversation::end(CloseReason reason) noexcept {
  if (ending_ || input_ended_) return;
  ending_ = true;
  reason_ = reason;
}

}  // namespace iolab
