#include "shared/protocol/framed_session.hpp"

#include "shared/protocol/work.hpp"

namespace iolab {

ProtocolResult FramedSession::received(std::span<const std::byte> bytes) {
  ProtocolResult result;
  while (!bytes.empty() && result.error == ProtocolError::none) {
    const FrameDecoder::Piece piece = decoder_.next(bytes);
    bytes = bytes.subspan(piece.consumed);
    output_.append(piece.header);
    output_.append(piece.bytes);
    for (std::uint64_t i = 0; i < piece.completed; ++i) work_.process();
    if (piece.completed > 0) output_.commit();
    result.messages += piece.completed;
    if (piece.too_long) result.error = ProtocolError::frame_too_long;
  }
  return result;
}

}  // namespace iolab
