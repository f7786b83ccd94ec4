#include "shared/protocol/framed_session.hpp"

#include "shared/protocol/work.hpp"

namespace iolab {

ProtocolResult FramedSession::received(ChunkPtr& input, std::size_t size) {
  ProtocolResult result;
  std::span<const std::byte> left = input->room().first(size);
  std::span<const std::byte> answer;  // what of the input goes out again lies in one piece
  std::size_t unfinished = 0;         // bytes at its end, of a frame that is not complete
  while (!left.empty() && result.error == ProtocolError::none) {
    const FrameDecoder::Piece piece = decoder_.next(left);
    left = left.subspan(piece.consumed);
    output_.append(piece.header);
    if (answer.empty()) {
      answer = piece.bytes;
    } else {
      answer = {answer.data(), answer.size() + piece.bytes.size()};
    }
    unfinished = piece.completed > 0 ? 0 : unfinished + piece.bytes.size();
    for (std::uint64_t i = 0; i < piece.completed; ++i) work_.process();
    result.messages += piece.completed;
    if (piece.too_long) result.error = ProtocolError::frame_too_long;
  }
  if (!answer.empty()) output_.append(answer, input);
  if (result.messages > 0) output_.commit(unfinished);
  return result;
}

}  // namespace iolab
