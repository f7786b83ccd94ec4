#pragma once

#include "shared/protocol/frame_decoder.hpp"
#include "shared/protocol/session.hpp"

namespace iolab {

/// Answers every frame with a frame of the same payload. A frame is built up directly in the output
/// queue and committed when complete: its bytes stay where they were read to, or are copied once;
/// memory beyond the pending output is at most one frame.
class FramedSession final : public Session {
 public:
  FramedSession(std::uint32_t max_frame, Work& work) noexcept : decoder_(max_frame), work_(work) {}
  [[nodiscard]] ProtocolResult received(ChunkPtr& input, std::size_t size) override;

 private:
  FrameDecoder decoder_;
  Work& work_;
};

}  // namespace iolab
