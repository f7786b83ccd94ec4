#include "shared/protocol/conversation.hpp"

#include <algorithm>
#include <new>

#include "shared/buffers/chunk_pool.hpp"

namespace iolab {
namespace {

constexpr std::uint32_t growth = 4;  // from one size of reads to the next
constexpr std::uint8_t patience = 16;

}  // namespace

bool Conversation::make_room(ChunkPtr& chunk) const noexcept {
  if (chunk && chunk->capacity == read_size_) return true;
  try {
    chunk = ChunkPool::of_this_thread().borrow(read_size_);
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
  if (received >= read_size_) {
    const bool at_most = read_size_ > limits_->largest_read / growth;
    read_size_ = at_most ? limits_->largest_read : growth * read_size_;
    small_reads_ = 0;
  } else if (received >= read_size_ / growth) {
    small_reads_ = 0;
  } else if (read_size_ > limits_->first_read && ++small_reads_ == patience) {
    read_size_ = std::max(read_size_ / growth, limits_->first_read);
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
