#include "shared/protocol/framed_session.hpp"

#include "shared/protocol/work.hpp"

namespace iolab {

ProtocolResult FramedSession::received(std::span<const std::byte> bytes) {
  ProtocolResult result;
  while (!bytes.empty()) {
    const FrameDecoder::Piece piece = decoder_.next(bytes);
    if (piece.status == FrameDecoder::Status::too_long) {
      result.error = ProtocolError::frame_too_long;
      break;
    }
    output_.append(piece.header);
    output_.append(piece.payload);
    bytes = bytes.subspan(piece.consumed);
    if (piece.status == FrameDecoder::Status::complete) {
      work_.process();
      output_.commit();
      ++result.messages;
    }
  }
  return result;
}

}  // namespace iolab
